// What every card has: what it is of, and the decision about it.

import type { ComponentChildren } from "preact";

import { t } from "../texts/texts";
import type { Decision } from "./draft";

export const DECISIONS: readonly Decision[] = ["undecided", "keep", "reject"];

interface CardProps {
  id: string;
  title: string;
  detail: string;
  decision: Decision;
  onDecide: (decision: Decision) => void;
  children: ComponentChildren;
}

export function Card({ id, title, detail, decision, onDecide, children }: CardProps) {
  return (
    <article class="card" id={id} tabIndex={-1} data-decision={decision} aria-labelledby={`${id}-title`}>
      <header>
        <h3 id={`${id}-title`}>
          {title}
          <small>{detail}</small>
        </h3>
        <fieldset class="decision">
          <legend class="unseen">{t("curation.decision")}</legend>
          {DECISIONS.map((value) => (
            <label key={value}>
              <input type="radio" name={`${id}-decision`} value={value} checked={decision === value} onChange={() => onDecide(value)} />
              {t(`curation.decision.${value}`)}
            </label>
          ))}
        </fieldset>
      </header>
      <div class="body">{children}</div>
    </article>
  );
}
