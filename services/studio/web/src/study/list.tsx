// All studies, and the beginnings of a new one.

import type { Study } from "../protos/mammoganesis/v1/studies_pb";
import type { StudyDesign } from "../protos/mammoganesis/v1/study_design_pb";
import { act, failure } from "../parts/acts";
import { Button } from "../parts/buttons";
import { FileButton } from "../parts/filebutton";
import { useList } from "../parts/lists";
import { ErrorLine } from "../parts/messages";
import { when } from "../parts/when";
import { readerStudyService } from "../rpc/clients";
import { counted, language, number, t } from "../texts/texts";
import { FIRST_ASKED, studyAt } from "./address";
import { PRESETS, designOf, designOfDocument, type Preset } from "./design";
import { go } from "./store";
import { named, stateName, stateWord, suggestedCues } from "./words";

export function ListPage() {
  const list = useList<Study>("", async (pageToken, signal) => {
    const { studies, nextPageToken } = await readerStudyService.listStudies({ pageToken }, { signal });
    return { things: studies, next: nextPageToken };
  });
  return (
    <div class="one wide">
      <header class="row spread">
        <h1>{t("studies.title")}</h1>
        <div class="row">
          <Button onClick={() => go({ at: "size", asked: FIRST_ASKED })}>{t("size.title")}</Button>
          <FileButton accept=".json,application/json" onFiles={([file]) => void (file && take(file))}>
            {t("studies.import")}
          </FileButton>
        </div>
      </header>
      <section class="new" aria-labelledby="new-study">
        <h2 id="new-study">{t("studies.new")}</h2>
        <p class="note">{t("studies.newHow")}</p>
        <div class="presets">
          {PRESETS.map((preset) => (
            <button key={preset} type="button" class="preset" onClick={() => void begin({ ...designOf(preset, named(titleOf(preset)), suggestedCues()), language: language.value })}>
              <strong>{titleOf(preset)}</strong>
              <span>{t(`studies.preset.${preset}How`)}</span>
            </button>
          ))}
        </div>
      </section>
      <section class="list" aria-labelledby="all-studies">
        <h2 id="all-studies">{t("studies.all")}</h2>
        <ErrorLine text={list.failure ? t("studies.unavailable", { message: list.failure }) : ""} />
        {list.things === null && !list.failure ? <p role="status">{t("state.loading")}</p> : null}
        {list.things?.length === 0 ? <p class="note">{t("studies.none")}</p> : null}
        <ul class="cards">
          {list.things?.map((study) => (
            <StudyCard key={study.studyId} study={study} />
          ))}
        </ul>
        {list.more ? <Button onClick={list.more}>{t("action.more")}</Button> : null}
      </section>
    </div>
  );
}

const titleOf = (preset: Preset) => t(`studies.preset.${preset}`);

// Makes a study of a design and goes there.
export async function begin(design: StudyDesign): Promise<void> {
  let studyId = "";
  const isMade = await act(async () => {
    const { study } = await readerStudyService.createStudy({ design });
    studyId = study?.studyId ?? "";
  });
  if (isMade && studyId) go(studyAt(studyId));
}

async function take(file: File): Promise<void> {
  const text = await file.text();
  let design: StudyDesign;
  try {
    design = designOfDocument(text);
  } catch (error) {
    failure.value = t("studies.badDocument", { name: file.name, message: error instanceof Error ? error.message : String(error) });
    return;
  }
  await begin(design);
}

function StudyCard({ study }: { study: Study }) {
  const { studyId, title, state, createdAt, openedAt, closedAt, reals, readers, finished } = study;
  const open = () => go(studyAt(studyId));
  const dates = [
    t("studies.createdAt", { when: when(createdAt) }),
    openedAt ? t("studies.openedAt", { when: when(openedAt) }) : "",
    closedAt ? t("studies.closedAt", { when: when(closedAt) }) : "",
  ];
  return (
    <li class="card">
      <div class="about">
        <h3>
          <span class={`chip-state ${stateName(state)}`}>{stateWord(state)}</span> {title}
        </h3>
        <p class="note">{dates.filter(Boolean).join(" · ")}</p>
        <p class="note">{[counted("studies.reals", reals), readers > 0 ? counted("studies.readers", finished, { readers: number(readers) }) : t("studies.noReaders")].join(" · ")}</p>
      </div>
      <Button label={t("studies.openOne", { title })} onClick={open}>
        {t("action.open")}
      </Button>
    </li>
  );
}
