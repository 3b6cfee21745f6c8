// The whole design as a form: what readers do, on which images, under which conditions, and how it is judged.

import type { ComponentChildren } from "preact";

import { Button } from "../parts/buttons";
import { Message } from "../parts/messages";
import { isLanguage, languages, t, type Language } from "../texts/texts";
import { ConditionsSection } from "./conditionssection";
import { OneOf, Words } from "./fields";
import { ImagesSection } from "./imagessection";
import { JudgingSection } from "./judgingsection";
import { PhasesSection } from "./phasessection";
import { isDraft, remarks, type Whole } from "./store";

const SECTIONS = ["about", "phases", "images", "conditions", "judging"] as const;

export function DesignPart({ one: { design } }: { one: Whole }) {
  return (
    <div class="design">
      <nav class="sections" aria-label={t("design.sections")}>
        <ol>
          {SECTIONS.map((name) => (
            <li key={name}>
              <button type="button" onClick={() => jump(`design-${name}`)}>
                {t(`design.${name}`)}
              </button>
            </li>
          ))}
        </ol>
        <Remarks />
      </nav>
      <div class="form">
        {isDraft.value ? null : <p class="note frozen">{t("design.frozen")}</p>}
        <Section name="about">
          <Words field="title" label={t("design.title")} value={design.title} max={200} note={t("design.titleNote")} set={(copy, text) => (copy.title = text)} />
          <Words field="description" label={t("design.description")} value={design.description} max={20_000} rows={4} note={t("design.descriptionNote")} set={(copy, text) => (copy.description = text)} />
          <OneOf field="language" label={t("design.language")} value={spoken(design.language)} options={languages.map(({ code, name }) => ({ value: code, text: name }))} help={t("design.languageHelp")} set={(copy, value) => void (copy.language = value)} />
        </Section>
        <Section name="phases">
          <PhasesSection design={design} />
        </Section>
        <Section name="images">
          <ImagesSection design={design} />
        </Section>
        <Section name="conditions">
          <ConditionsSection design={design} />
        </Section>
        <Section name="judging">
          <JudgingSection design={design} />
        </Section>
      </div>
    </div>
  );
}

// The language of a tag such as "fr-CA"; the one that stands for nothing where there is none.
function spoken(tag: string): Language {
  const [code] = tag.toLowerCase().split("-");
  return isLanguage(code) ? code : "en";
}

function Section({ name, children }: { name: (typeof SECTIONS)[number]; children: ComponentChildren }) {
  return (
    <section class="block" id={`design-${name}`} tabIndex={-1} aria-labelledby={`title-${name}`}>
      <h2 id={`title-${name}`}>{t(`design.${name}`)}</h2>
      {children}
    </section>
  );
}

// The address of a page is its state: a jump within it must not change that.
function jump(id: string): void {
  const target = document.getElementById(id);
  target?.scrollIntoView();
  target?.focus();
}

// Everything that should be known, each with a way to its field.
function Remarks() {
  if (remarks.value.length === 0) return <p class="note">{t("design.noRemarks")}</p>;
  const show = (field: string) => {
    const said = document.querySelector(`.said[data-field="${CSS.escape(field)}"]`);
    const input = said?.parentElement?.querySelector<HTMLElement>("input, textarea, select");
    said?.parentElement?.scrollIntoView({ block: "center" });
    input?.focus();
  };
  return (
    <section aria-labelledby="remarks" class="remarks">
      <h2 id="remarks">{t("design.remarks")}</h2>
      <ul>
        {remarks.value.map(({ field, text, blocking }) => (
          <li key={field + text} class={blocking ? "blocking" : ""}>
            <p>
              {blocking ? <strong>{t("design.blocking")} </strong> : null}
              <Message text={text} />
            </p>
            {field && document.querySelector(`.said[data-field="${CSS.escape(field)}"]`) ? (
              <Button look="quiet" label={t("design.showField", { field })} onClick={() => show(field)}>
                {t("design.show")}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
