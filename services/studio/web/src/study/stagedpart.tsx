// Files that were chosen and are not in the study yet: whose they are, what is amiss with them, how far they are.

import { useEffect, useState } from "preact/hooks";

import type { StudyReal } from "../protos/mammoganesis/v1/study_design_pb";
import { Button } from "../parts/buttons";
import { TextField } from "../parts/fields";
import { Message } from "../parts/messages";
import { counted, t } from "../texts/texts";
import { correct, forget, isGuessed, leftOut, problems, progress, send, sendableNow, staged, type Staged } from "./adding";
import { PATIENT_CHARACTERS, type Problem } from "./manifest";
import { share, sideName, viewName } from "./words";

const SHOWN_AT_MOST = 12; // problems of one kind that are written out

// The file as this browser has it; none shows DICOM.
function Preview({ name, file }: Pick<Staged, "name" | "file">) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    if (!/\.png$/i.test(name)) return;
    const address = URL.createObjectURL(file);
    setUrl(address);
    return () => URL.revokeObjectURL(address);
  }, [file]);
  return <span class="thumbnail">{url ? <img src={url} alt="" loading="lazy" /> : <span class="skeleton">{t("reals.noPreview")}</span>}</span>;
}

export function StagedPart({ studyId, taken }: { studyId: string; taken: StudyReal[] }) {
  const { value: files } = staged;
  const { value: sending } = progress;
  const again = files.filter(({ name }) => taken.some((real) => real.name === name)).length;
  return (
    <div class="staged" aria-live="polite">
      {problems.value.length > 0 ? (
        <ul class="problems">
          {problems.value.slice(0, SHOWN_AT_MOST).map((problem, place) => (
            <li key={place} class={problem.kind === "unnamed" || problem.kind === "missing" ? "remark" : "error"}>
              {problemText(problem)}
            </li>
          ))}
          {problems.value.length > SHOWN_AT_MOST ? <li class="note">{counted("reals.moreProblems", problems.value.length - SHOWN_AT_MOST)}</li> : null}
        </ul>
      ) : null}
      {leftOut.value.length > 0 ? <p class="remark">{t("reals.leftOut", { names: leftOut.value.slice(0, SHOWN_AT_MOST).join(", ") })}</p> : null}
      {files.length > 0 ? (
        <section aria-labelledby="staged-title" class="staged-files">
          <header class="row spread">
            <h3 id="staged-title">{counted("reals.chosen", files.length)}</h3>
            <div class="row">
              <Button look="primary" disabled={!sendableNow.value} onClick={() => void send(studyId)}>
                {counted("reals.addThem", files.length)}
              </Button>
              <Button disabled={sending !== null} onClick={forget}>
                {t("action.cancel")}
              </Button>
            </div>
          </header>
          {sending ? (
            <p class="row">
              <progress max={sending.total} value={sending.done} aria-label={t("reals.sending")} /> <span>{share(sending.done, sending.total)}</span>
            </p>
          ) : null}
          {isGuessed.value ? <p class="remark">{t("reals.guessed")}</p> : null}
          {again > 0 ? <p class="remark">{counted("reals.replaced", again)}</p> : null}
          <ul class="reals">
            {files.map((one) => (
              <StagedFile key={one.name} one={one} />
            ))}
          </ul>
        </section>
      ) : null}
    </div>
  );
}

function StagedFile({ one }: { one: Staged }) {
  const { name, file, patientId, view, side, training, failure } = one;
  return (
    <li class={failure ? "failed" : ""}>
      <Preview name={name} file={file} />
      <p class="real-name">{name}</p>
      <TextField label={t("reals.patientOf")} value={patientId} maxLength={PATIENT_CHARACTERS} placeholder={t("reals.patientDefault")} onChange={(text) => correct(name, { patientId: text })} />
      <p class="note">{[sideName(side), viewName(view), training ? t("reals.training") : ""].filter(Boolean).join(" · ")}</p>
      {failure ? (
        <p class="error">
          <Message text={failure} />
        </p>
      ) : null}
    </li>
  );
}

function problemText(problem: Problem): string {
  switch (problem.kind) {
    case "column":
      return t("manifest.column", { column: problem.column });
    case "value":
      return t("manifest.value", { line: problem.line, column: problem.column, value: problem.value, allowed: problem.allowed });
    case "unnamed":
      return t("manifest.unnamed", { file: problem.file });
    case "missing":
      return t("manifest.missing", { file: problem.file });
    case "twice":
      return t("manifest.twice", { file: problem.file });
  }
}
