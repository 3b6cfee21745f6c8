// One study: its parts in the order in which it goes through them.

import { Button } from "../parts/buttons";
import { Unopened } from "../parts/messages";
import { save } from "../parts/save";
import { Tabs } from "../parts/tabs";
import { t } from "../texts/texts";
import { HOME, PARTS, type Part, type Place } from "./address";
import { DesignPart } from "./designpart";
import { documentOf } from "./design";
import { ImagesPart } from "./imagespart";
import { begin } from "./list";
import { PreparePart } from "./preparepart";
import { ReadersPart } from "./readerspart";
import { ResultsPart } from "./resultspart";
import { draft, go, isDraft, showPart, type Whole } from "./store";
import { stateName, stateWord } from "./words";

const FIRST_PART: Record<ReturnType<typeof stateName>, Part> = { draft: "design", ready: "prepare", open: "readers", closed: "results" };

export function StudyPage({ here }: { here: Extract<Place, { at: "study" }> }) {
  const { value: one } = draft.current;
  if (!one) return <Unopened heading={t("studies.title")} failure={draft.failure.value} back={t("studies.back")} onBack={() => go(HOME)} />;
  const part = here.part || FIRST_PART[stateName(one.study.state)];
  return (
    <div class="study">
      <Head one={one} />
      <Tabs label={t("study.parts")} tabs={PARTS.map((name, place) => ({ name, text: `${place + 1} ${t(`study.part.${name}`)}` }))} chosen={part} onChoose={(name) => showPart(name)}>
        {part === "design" ? <DesignPart one={one} /> : null}
        {part === "images" ? <ImagesPart one={one} /> : null}
        {part === "prepare" ? <PreparePart one={one} /> : null}
        {part === "readers" ? <ReadersPart one={one} /> : null}
        {part === "results" ? <ResultsPart one={one} task={here.task} /> : null}
      </Tabs>
    </div>
  );
}

function Head({ one: { study, design } }: { one: Whole }) {
  const exported = () => save(documentOf(design), "application/json", `${fileName(design.title)}.json`);
  const duplicate = () => void begin({ ...design, title: t("study.copyTitle", { title: design.title }) });
  return (
    <header class="study-head">
      <Button look="quiet" onClick={() => go(HOME)}>
        {t("studies.back")}
      </Button>
      <h1>
        {design.title} <span class={`chip-state ${stateName(study.state)}`}>{stateWord(study.state)}</span>
      </h1>
      <div class="row">
        {isDraft.value ? <Saving /> : null}
        <Button onClick={exported}>{t("study.export")}</Button>
        <Button onClick={duplicate}>{t("study.duplicate")}</Button>
      </div>
    </header>
  );
}

const fileName = (title: string) =>
  title
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase() || "study";

// The design is saved by itself.
function Saving() {
  const mode = draft.mode.value;
  return (
    <>
      <Button onClick={() => draft.undo()} disabled={!draft.undoable.value}>
        {t("action.undo")}
      </Button>
      {mode === "failed" ? <Button onClick={() => void draft.save()}>{t("action.retry")}</Button> : null}
      <p class={`note saving-state ${mode}`} role="status">
        {mode === "failed" ? t("study.notSaved", { message: draft.failure.value }) : t(mode === "saved" ? "study.saved" : "study.saving")}
      </p>
    </>
  );
}
