// The results of a closed study: the tasks, the phases compared, the images; and everything as files.

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

import { StudyFileFormat, StudyState } from "../protos/mammoganesis/v1/studies_pb";
import { act } from "../parts/acts";
import { Button } from "../parts/buttons";
import { ErrorLine } from "../parts/messages";
import { isCancelled, messageOf } from "../rpc/failures";
import { readerStudyService } from "../rpc/clients";
import { keep } from "../rpc/files";
import { lasting } from "../rpc/lasting";
import { counted, language, number, t } from "../texts/texts";
import { JudgedPart } from "./judged";
import { Composition } from "./preparepart";
import { readResults, type StudyResults } from "./resultdata";
import { showPart, type Whole } from "./store";
import { PhasesCompared, TaskResultsPart } from "./taskresults";

const FORMATS = ["html", "pdf", "csv", "json", "imrmc", "xapi", "zip"] as const;
const FORMAT: Record<(typeof FORMATS)[number], StudyFileFormat> = {
  html: StudyFileFormat.HTML,
  pdf: StudyFileFormat.PDF,
  csv: StudyFileFormat.CSV,
  json: StudyFileFormat.JSON,
  imrmc: StudyFileFormat.IMRMC,
  xapi: StudyFileFormat.XAPI,
  zip: StudyFileFormat.ZIP,
};

const exporting = signal("");

export function ResultsPart({ one, task }: { one: Whole; task: string }) {
  const { study } = one;
  if (study.state !== StudyState.CLOSED) {
    return (
      <div class="results-of">
        <h2>{t("study.part.results")}</h2>
        <p>{t("results.notClosed")}</p>
      </div>
    );
  }
  return <Closed one={one} task={task} />;
}

function Closed({ one, task }: { one: Whole; task: string }) {
  const { study, design, composition } = one;
  const { value: spoken } = language;
  const [results, setResults] = useState<StudyResults | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    lasting(() => readerStudyService.getStudyResults({ studyId: study.studyId, language: spoken }, { signal }), (text) => signal.aborted || setFailure(text)).then(
      (answer) => signal.aborted || setResults(readResults(answer.resultsJson)),
      (error: unknown) => isCancelled(error) || signal.aborted || setFailure(messageOf(error)),
    );
    return () => controller.abort();
  }, [study.studyId, spoken]);
  return (
    <div class="results-of">
      <Exports studyId={study.studyId} />
      <ErrorLine text={failure} />
      {!results && !failure ? <p role="status">{t("results.loading")}</p> : null}
      {results ? (
        <>
          <Views results={results} chosen={task} />
          <View results={results} chosen={task} fixed={design.analysis?.fixedReaders ?? false} studyId={study.studyId} />
          {composition ? <Composition composition={composition} /> : null}
          <p class="note">
            {t("prepare.hash")}: <span class="hash">{study.protocolHash}</span>
          </p>
        </>
      ) : null}
    </div>
  );
}

function Exports({ studyId }: { studyId: string }) {
  const save = async (format: (typeof FORMATS)[number]) => {
    exporting.value = format;
    await act(() => keep(readerStudyService.exportStudy({ studyId, format: FORMAT[format], language: language.value }), `study.${format}`));
    exporting.value = "";
  };
  return (
    <section class="exports" aria-labelledby="exports-title">
      <h2 id="exports-title">{t("results.exports")}</h2>
      <div class="row">
        {FORMATS.map((format) => (
          <Button key={format} look={format === "html" ? "primary" : "plain"} disabled={exporting.value !== ""} onClick={() => void save(format)}>
            {t(`results.export.${format}`)}
          </Button>
        ))}
      </div>
      <p class="note" role="status">
        {exporting.value ? t("results.exporting") : ""}
      </p>
    </section>
  );
}

const COMPARISON = "comparison";
const IMAGES = "images";

// What can be looked at; tasks by their place, such as "1".
function views(results: StudyResults): { name: string; text: string }[] {
  return [
    ...results.tasks.map(({ phase, task }, place) => ({ name: String(place + 1), text: results.tasks.some((one) => one.phase !== phase) ? t("results.phaseTask", { phase, task }) : task })),
    ...(results.comparison ? [{ name: COMPARISON, text: t("results.compare") }] : []),
    ...(results.images.length > 0 ? [{ name: IMAGES, text: t("results.imagesTitle") }] : []),
  ];
}

const chosenOf = (results: StudyResults, chosen: string) => views(results).find(({ name }) => name === chosen) ?? views(results)[0];

function Views({ results, chosen }: { results: StudyResults; chosen: string }) {
  const shown = chosenOf(results, chosen)?.name;
  return (
    <div class="chips" role="group" aria-label={t("results.views")}>
      {views(results).map(({ name, text }) => (
        <button key={name} type="button" class="chip" aria-pressed={name === shown} onClick={() => showPart("results", name)}>
          {text}
        </button>
      ))}
    </div>
  );
}

function View({ results, chosen, fixed, studyId }: { results: StudyResults; chosen: string; fixed: boolean; studyId: string }) {
  const shown = chosenOf(results, chosen);
  if (!shown) return <p class="note">{t("results.none")}</p>;
  const one = results.tasks[Number(shown.name) - 1];
  return (
    <div class="result-view">
      <h2>{shown.text}</h2>
      {one ? <TaskResultsPart one={one} fixed={fixed} studyId={studyId} /> : null}
      {one ? <Suspicions said={results.suspicions.filter(({ phase }) => phase === one.phase)} /> : null}
      {shown.name === COMPARISON && results.comparison ? <PhasesCompared results={results.comparison} /> : null}
      {shown.name === IMAGES ? <JudgedPart images={results.images} studyId={studyId} /> : null}
    </div>
  );
}

// What readers who had not been told said afterwards.
function Suspicions({ said }: { said: StudyResults["suspicions"] }) {
  if (said.length === 0) return null;
  const suspected = said.filter((one) => one.suspected);
  return (
    <section class="block">
      <h3>{counted("results.suspicions", suspected.length, { readers: number(said.length) })}</h3>
      <ul class="prose">
        {suspected.map(({ reader, text }) => (
          <li key={reader}>{t("results.suspicion", { reader, text })}</li>
        ))}
      </ul>
    </section>
  );
}
