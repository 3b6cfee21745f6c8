// By which entries are chosen. What is typed counts when the field is left, or with Enter, which asks again for what is chosen already.

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

import { Button } from "../parts/buttons";
import { Choice } from "../parts/fields";
import { askAgain, onEnter } from "../parts/lists";
import { t } from "../texts/texts";
import { DEEDS, OUTCOMES, deedWord, outcomeWord } from "./asked";
import { ALL, FIELDS, choose, filter } from "./store";

const OTHERS = ["INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "FAILED_PRECONDITION", "ABORTED", "RESOURCE_EXHAUSTED", "CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE", "INTERNAL"];

export function FilterFields() {
  const { value: chosen } = filter;
  const outcomes = ["", ...OUTCOMES, ...OTHERS];
  const listed = chosen.outcome && !outcomes.includes(chosen.outcome) ? [...outcomes, chosen.outcome] : outcomes;
  return (
    <section class="choosing" role="search" aria-label={t("audit.filter")}>
      <div class="fields">
        <Field name="who" label={t("audit.who")} />
        <Field name="action" label={t("audit.deed")}>
          {DEEDS.map((deed) => (
            <option key={deed} value={deed}>
              {deedWord(deed)}
            </option>
          ))}
        </Field>
        <Choice
          label={t("audit.outcome")}
          value={chosen.outcome}
          onChange={(outcome) => choose({ outcome })}
          options={listed.map((value) => ({ value, text: value ? outcomeWord(value) : t("audit.any") }))}
        />
        <Field name="about" label={t("audit.about")} />
        <Field name="from" label={t("audit.from")} type="date" />
        <Field name="to" label={t("audit.to")} type="date" />
      </div>
      <p class="row spread">
        <span class="note">{t("audit.whole")}</span>
        {FIELDS.some((name) => chosen[name]) ? <Button onClick={() => choose(ALL)}>{t("audit.all")}</Button> : null}
      </p>
    </section>
  );
}

interface FieldProps {
  name: (typeof FIELDS)[number];
  label: string;
  type?: "text" | "date";
  children?: ComponentChildren; // suggestions
}

function Field({ name, label, type = "text", children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type={type}
        data-field={name}
        value={filter.value[name]}
        list={children ? `${id}-list` : undefined}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        onKeyDown={onEnter((text) => text.trim() !== filter.value[name], askAgain)}
        onChange={(event) => choose({ [name]: event.currentTarget.value.trim() })}
      />
      {children ? <datalist id={`${id}-list`}>{children}</datalist> : null}
    </div>
  );
}
