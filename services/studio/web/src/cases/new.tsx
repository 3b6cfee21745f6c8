// The shortest way to a case: a template that brings its images.

import { labelFields, labelled, randomSeed, served } from "../state/served";
import { t } from "../texts/texts";
import { imagesOf, knowsViews, newCase, type Template } from "./model";
import { beginCase } from "./store";
import { today } from "../parts/when";

export function NewCase() {
  const begin = (template: Template) => beginCase(newCase(t("editor.defaultTitle", { date: today() }), imagesOf(template, randomSeed(), labelled.value)));
  const unknown = served.value === null; // which views the model draws
  return (
    <section class="new" aria-label={t("cases.new")}>
      <h2>{t("cases.new")}</h2>
      <p class="note">{t("cases.newHow")}</p>
      <div class="templates">
        <button type="button" class="template" disabled={unknown} onClick={() => begin("screening")}>
          <span class="hung" aria-hidden="true">
            <i />
            <i />
            <i />
            <i />
          </span>
          <strong>{t("cases.template.screening")}</strong>
          <span>{t(knowsViews(labelFields.value) ? "cases.template.screeningHow" : "cases.template.screeningHowUnknown")}</span>
        </button>
        <button type="button" class="template" disabled={unknown} onClick={() => begin("single")}>
          <span class="hung single" aria-hidden="true">
            <i />
          </span>
          <strong>{t("cases.template.single")}</strong>
          <span>{t("cases.template.singleHow")}</span>
        </button>
      </div>
    </section>
  );
}
