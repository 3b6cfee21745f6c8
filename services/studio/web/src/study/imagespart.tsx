// The real images of a study: what is there, and what is being added.

import { useEffect, useState } from "preact/hooks";

import type { StudyReal } from "../protos/mammoganesis/v1/study_design_pb";
import { act } from "../parts/acts";
import { Button } from "../parts/buttons";
import { FileButton } from "../parts/filebutton";
import { readerStudyService } from "../rpc/clients";
import { counted, t } from "../texts/texts";
import { choose, chosenFiles, droppedFiles, forget } from "./adding";
import { isBlinded, isDraft, type Whole } from "./store";
import { StagedPart } from "./stagedpart";
import { StudyPicture, forgetReal } from "./studypicture";
import { densityName, sideName, viewName } from "./words";

export function ImagesPart({ one: { study, design, reals } }: { one: Whole }) {
  useEffect(() => forget, [study.studyId]);
  const patients = new Set(reals.map(({ patientId }) => patientId)).size;
  return (
    <div class="images">
      <header class="row spread">
        <h2>{counted("studies.reals", reals.length)}</h2>
        <p class="note">{reals.length > 0 ? counted("reals.patients", patients) : ""}</p>
      </header>
      <p class="note">{t("reals.how")}</p>
      {design.pool?.reals ? <p class="note">{t("reals.document", { folder: design.pool.reals })}</p> : null}
      {isDraft.value ? <Adding /> : <p class="note frozen">{t("reals.frozen")}</p>}
      {isBlinded.value ? <p class="note">{t("reals.blinded")}</p> : null}
      {isDraft.value ? <StagedPart studyId={study.studyId} taken={reals} /> : null}
      {reals.length === 0 ? <p class="note">{t("reals.none")}</p> : null}
      <ul class="reals">
        {reals.map((real) => (
          <RealCard key={real.name} studyId={study.studyId} real={real} />
        ))}
      </ul>
    </div>
  );
}

function Adding() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const take = (event: DragEvent) => {
      event.preventDefault();
      setOver(event.type === "dragover");
      if (event.type === "drop" && event.dataTransfer) void droppedFiles(event.dataTransfer.items).then(choose);
    };
    const names = ["dragover", "dragleave", "drop"] as const;
    for (const name of names) document.addEventListener(name, take);
    return () => {
      for (const name of names) document.removeEventListener(name, take);
    };
  }, []);
  return (
    <section class={`adding ${over ? "over" : ""}`} aria-labelledby="adding-title">
      <h3 id="adding-title">{t("reals.add")}</h3>
      <div class="row">
        <FileButton folder onFiles={(files) => void choose(chosenFiles(files))}>
          {t("reals.folder")}
        </FileButton>
        <FileButton several onFiles={(files) => void choose(chosenFiles(files))}>
          {t("reals.files")}
        </FileButton>
        <span class="note">{t("reals.orDrop")}</span>
      </div>
      <p class="note">{t("reals.manifest")}</p>
    </section>
  );
}

function RealCard({ studyId, real }: { studyId: string; real: StudyReal }) {
  const { name, patientId, view, side, density, training } = real;
  const [leaving, setLeaving] = useState(false); // its picture is not asked for any more: soon there is none
  const remove = async () => {
    setLeaving(true);
    if (await act(() => readerStudyService.removeReal({ studyId, name }), { text: t("reals.removed", { name }) })) forgetReal(studyId, name);
    else setLeaving(false);
  };
  const known = [sideName(side), viewName(view), densityName(density), training ? t("reals.training") : ""].filter(Boolean);
  return (
    <li>
      {isBlinded.value || leaving ? null : <StudyPicture studyId={studyId} which={{ case: "real", value: name }} />}
      <p class="real-name">{name}</p>
      <p class="note">{[t("reals.patient", { patient: patientId }), ...known].join(" · ")}</p>
      {isDraft.value ? (
        <Button look="quiet" label={t("action.removeOne", { name })} disabled={leaving} onClick={() => void remove()}>
          {t("action.remove")}
        </Button>
      ) : null}
    </li>
  );
}
