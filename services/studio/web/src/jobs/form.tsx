// A form for a new job: which images, what is done to them, as what they are written, and where.

import { toJsonString } from "@bufbuild/protobuf";
import { useRef, useState } from "preact/hooks";

import { failure } from "../parts/acts";
import { Button } from "../parts/buttons";
import { Dialog } from "../parts/dialog";
import { Check, Choice, TextField } from "../parts/fields";
import { FileButton } from "../parts/filebutton";
import { ErrorLine } from "../parts/messages";
import { BulkJobSchema, type BulkJob } from "../protos/mammoganesis/v1/bulk_pb";
import { labelFields, served } from "../state/served";
import { counted, t } from "../texts/texts";
import { FIRST, FORMATS, LAYOUTS, SIDES, VIEWS, documentOf, documentOfJson, imagesAsked, imagesOf, isDicom, type Form } from "./document";
import { Amount, ChangesPart, ImagesPart, type Set } from "./formparts";
import { start } from "./starting";
import { HOME, go, limits } from "./store";

export function NewJob() {
  const [form, setForm] = useState<Form>(FIRST);
  const [busy, setBusy] = useState(false);
  const [given, setGiven] = useState<{ name: string; job: BulkJob } | null>(null); // a document from a file
  const [from, setFrom] = useState<"form" | "file">("form"); // where what was asked for last began: it is told there what became of it
  const asked = useRef({ document: "", token: "" });
  const set: Set = (change) => setForm((before) => ({ ...before, ...change }));
  const send = async (job: BulkJob, began: "form" | "file") => {
    setFrom(began);
    const document = toJsonString(BulkJobSchema, job);
    if (asked.current.document !== document) asked.current = { document, token: crypto.randomUUID() }; // the same again makes no second job
    setBusy(true);
    await start(job, asked.current.token);
    setBusy(false);
  };
  const take = async (file: File) => {
    setFrom("file");
    failure.value = "";
    try {
      setGiven({ name: file.name, job: documentOfJson(await file.text()) });
    } catch (error) {
      failure.value = t("jobs.badDocument", { name: file.name, message: error instanceof Error ? error.message : String(error) });
    }
  };
  const dicom = isDicom(form);
  const placeless = dicom && form.format === "dicom" && (form.side === "" || (form.view === "" && !labelFields.value.some(({ name }) => name === "view")));
  return (
    <div class="one wide">
      <p>
        <Button look="quiet" onClick={() => go(HOME)}>
          ‹ {t("jobs.back")}
        </Button>
      </p>
      <header class="row spread">
        <h1>{t("jobs.new")}</h1>
        <FileButton accept=".json,application/json" onFiles={([file]) => void (file && take(file))}>
          {t("jobs.import")}
        </FileButton>
      </header>
      <ErrorLine reveals text={from === "file" ? failure.value : ""} />
      <form
        class="form job-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send(documentOf(form, labelFields.value.length > 0), "form");
        }}
      >
        <ImagesPart form={form} set={set} />
        <ChangesPart form={form} set={set} />
        <section class="block" aria-labelledby="job-files">
          <h2 id="job-files">{t("jobs.files")}</h2>
          <div class="two">
            <Choice
              label={t("jobs.format")}
              value={form.format}
              options={FORMATS.map((value) => ({ value, text: t(`jobs.format.${value}`) }))}
              onChange={(format) => set({ format, ...(isDicom({ format }) || form.layout !== "studies" ? {} : { layout: "folder" }) })}
            />
            <Choice
              label={t("jobs.layout")}
              value={form.layout}
              options={LAYOUTS.filter((value) => dicom || value !== "studies").map((value) => ({ value, text: t(`jobs.layout.${value}`) }))}
              onChange={(layout) => set({ layout })}
            />
            {dicom ? (
              <>
                <Choice label={t("dicom.side")} value={form.side} options={SIDES.map((value) => ({ value, text: value ? t(`dicom.side.${value}`) : t("dicom.notSaid") }))} onChange={(side) => set({ side })} />
                <Choice label={t("dicom.view")} value={form.view} options={VIEWS.map((value) => ({ value, text: value || t("jobs.ofLabels") }))} onChange={(view) => set({ view })} />
              </>
            ) : null}
            {form.layout === "studies" ? <Amount label={t("jobs.perStudy")} value={form.perStudy} low={1} high={1000} onChange={(perStudy) => set({ perStudy })} /> : null}
          </div>
          <p class="note" aria-live="polite">
            {placeless ? t("dicom.lacks") : ""}
          </p>
          <Check checked={form.marked} onChange={(marked) => set({ marked })}>
            {t("jobs.mark")}
          </Check>
          <Check checked={form.measures} onChange={(measures) => set({ measures })}>
            {t("jobs.measures")}
          </Check>
        </section>
        <section class="block" aria-labelledby="job-place">
          <h2 id="job-place">{t("jobs.place")}</h2>
          <TextField label={t("jobs.jobTitle")} value={form.title} maxLength={200} onChange={(title) => set({ title })} />
          <TextField label={t("jobs.destination")} value={form.destination} maxLength={1000} placeholder={t("jobs.destinationDefault")} onChange={(destination) => set({ destination })}>
            {limits.value ? t("jobs.destinationHow", { allowed: limits.value.destinations.join(", ") }) : t("jobs.destinationAny")}
          </TextField>
        </section>
        <div class="row">
          <button type="submit" class="button primary" disabled={busy || served.value === null || placeless}>
            {t("jobs.start", { images: counted("jobs.images", imagesOf(form)) })}
          </button>
          <ErrorLine reveals text={from === "form" ? failure.value : ""} />
        </div>
      </form>
      <Dialog title={given?.name ?? ""} open={given !== null} onClose={() => setGiven(null)}>
        <p>{given ? t("jobs.importHow", { images: counted("jobs.images", imagesAsked(given.job)), title: given.job.title || t("jobs.noTitle") }) : ""}</p>
        <div class="row">
          <Button
            look="primary"
            disabled={busy}
            onClick={() => {
              if (given) void send(given.job, "file");
              setGiven(null);
            }}
          >
            {t("jobs.startOne")}
          </Button>
          <Button onClick={() => setGiven(null)}>{t("action.cancel")}</Button>
        </div>
      </Dialog>
    </div>
  );
}
