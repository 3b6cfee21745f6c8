// A case being made: its pictures hang on one side, its parts stand on the other.

import { signal } from "@preact/signals";

import type { Case } from "../protos/mammoganesis/v1/cases_pb";
import { act, failure } from "../parts/acts";
import { Button } from "../parts/buttons";
import { Dialog } from "../parts/dialog";
import { TextField } from "../parts/fields";
import { Unopened } from "../parts/messages";
import { Tabs } from "../parts/tabs";
import { caseService } from "../rpc/clients";
import { CaseReading } from "../teaching/casereading";
import { t } from "../texts/texts";
import { HOME, TABS, caseAt } from "./address";
import { exportCases, type Format } from "./files";
import { FindingsTab } from "./findings";
import { ImagesTab } from "./images";
import { LinksDialog } from "./links";
import { changed } from "./model";
import { Pictures } from "./picturespart";
import { PublishDialog } from "./publish";
import { lacksOf } from "./questions";
import { QuestionsTab } from "./questionstab";
import { Decisions, Saving } from "./saving";
import { arrive, caseDraft, go, place } from "./store";
import type { TabProps } from "./tab";
import { VersionsDialog } from "./versions";

type Open = "" | "preview" | "publish" | "links" | "versions";
const open = signal<Open>("");

// Saves what is there; where something lacks, says what, and goes there.
export async function save(): Promise<boolean> {
  const { value: one } = caseDraft.current;
  if (!one) return false;
  failure.value = "";
  const [lack] = lacksOf(one);
  if (!lack) return caseDraft.save();
  failure.value = t("save.lacks", { what: t(lack.text) });
  if (place.value.at === "case") arrive({ ...place.value, tab: lack.tab });
  return false;
}

export function Editor() {
  const { value: one } = caseDraft.current;
  const { value: here } = place;
  if (!one || here.at !== "case") {
    return <Unopened heading={t("cases.title")} failure={caseDraft.failure.value} back={t("editor.back")} onBack={() => go(HOME)} />;
  }
  const { caseId, title } = one;
  const close = () => (open.value = "");
  const change = (next: Case, burst = "") => caseDraft.change(next, burst);
  return (
    <div class="editor">
      <h1 class="unseen">{title || t("editor.title")}</h1>
      <header class="row spread head">
        <Button look="quiet" onClick={() => go(HOME)}>
          {t("editor.back")}
        </Button>
        <Saving draft={caseDraft} onSave={() => void save()} />
        <div class="row">
          <Button onClick={() => (open.value = "preview")}>{t("editor.preview")}</Button>
          <Button look="primary" onClick={() => (open.value = "publish")}>{t("editor.publish")}</Button>
          <Button onClick={() => (open.value = "links")}>{t("editor.share")}</Button>
          <More caseId={caseId} />
        </div>
      </header>
      <Decisions draft={caseDraft} />
      <Pictures one={one} viewer={here.viewer} tab={here.tab} />
      <section class="parts" aria-label={t("editor.tabs")}>
        <TextField label={t("editor.title")} value={title} maxLength={200} onChange={(text) => change(changed(one, (copy) => (copy.title = text)), "title")} />
        <Tabs
          label={t("editor.tabs")}
          tabs={TABS.map((name) => ({ name, text: t(`editor.tab.${name}`) }))}
          chosen={here.tab}
          onChoose={(tab) => arrive({ ...here, tab })}
        >
          {here.tab === "images" ? <ImagesTab one={one} onChange={change} /> : null}
          {here.tab === "findings" ? <FindingsTab one={one} onChange={change} /> : null}
          {here.tab === "questions" ? <QuestionsTab one={one} onChange={change} /> : null}
          {here.tab === "text" ? <TextTab one={one} onChange={change} /> : null}
        </Tabs>
      </section>
      <Dialog title={t("editor.previewTitle")} open={open.value === "preview"} onClose={close} wide>
        <CaseReading one={one} answered={false} />
      </Dialog>
      <PublishDialog open={open.value === "publish"} onClose={close} what={{ caseIds: [caseId] }} title={title} first={save} />
      <LinksDialog open={open.value === "links"} onClose={close} target={{ case: "caseId", value: caseId }} isSaved={one.version > 0} first={save} />
      <VersionsDialog
        open={open.value === "versions"}
        onClose={close}
        newest={one.version}
        list={async () => (one.version === 0 ? [] : (await caseService.listCaseVersions({ caseId })).versions)}
        onRead={(version) => {
          close();
          go(caseAt(caseId, { version }));
        }}
        onRestore={async (version) => {
          const { case: old } = await caseService.getCase({ caseId, version });
          if (old) caseDraft.change({ ...old, version: caseDraft.current.value?.version ?? 0 });
        }}
      />
    </div>
  );
}

// What is done more seldom.
function More({ caseId }: { caseId: string }) {
  const exported = async (format: Format) => {
    if (await save()) await act(() => exportCases({ caseIds: [caseId] }, format));
  };
  return (
    <details class="more">
      <summary class="button">{t("action.more")}</summary>
      <div class="menu">
        <Button onClick={() => (open.value = "versions")}>{t("editor.versions")}</Button>
        <Button onClick={() => void exported("zip")}>{t("cases.exportZip")}</Button>
        <Button onClick={() => void exported("dicom")}>{t("cases.exportDicom")}</Button>
        <Button onClick={() => void exported("json")}>{t("cases.exportJson")}</Button>
      </div>
    </details>
  );
}

function TextTab({ one, onChange }: TabProps) {
  return (
    <>
      <TextField label={t("text.history")} rows={5} maxLength={5000} value={one.history} onChange={(text) => onChange(changed(one, (copy) => (copy.history = text)), "history")} />
      <TextField label={t("text.notes")} rows={8} maxLength={20000} value={one.teachingNotes} onChange={(text) => onChange(changed(one, (copy) => (copy.teachingNotes = text)), "notes")} />
    </>
  );
}
