// At the end: a catalogue file, or a new version of the bundle.

import { useEffect, useState } from "preact/hooks";

import { Button } from "../parts/buttons";
import { Dialog } from "../parts/dialog";
import { FileButton } from "../parts/filebutton";
import { ErrorLine } from "../parts/messages";
import { save } from "../parts/save";
import { served } from "../state/served";
import { t } from "../texts/texts";
import type { Catalogue } from "./draft";
import { messageOf } from "../rpc/failures";
import { Refusal } from "../rpc/studio";
import { writeVersion, type Written } from "./server";
import { draft, finished, found, left, open, saved, server, startOver, takeOver } from "./store";
import { jumpTo } from "./toolbar";

export const nextVersion = (version: string) => version.replace(/^(\d+)\.(\d+)\..*$/, (_, major: string, minor: string) => `${major}.${Number(minor) + 1}.0`);

export function Finish() {
  const model = served.value?.model;
  const [version, setVersion] = useState("");
  const [written, setWritten] = useState<Written | null>(null);
  const [failure, setFailure] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => setVersion(nextVersion(model?.version ?? "")), [model?.version]);
  useEffect(() => {
    setWritten(null);
    setFailure("");
  }, [draft.value]);
  const download = () => {
    setFailure("");
    const catalogue = finished();
    if (catalogue) save(`${JSON.stringify(catalogue, null, 2)}\n`, "application/json", "catalogue.json");
  };
  const write = async () => {
    setFailure("");
    setWritten(null);
    const catalogue = finished();
    if (!catalogue) return;
    setBusy(true);
    try {
      setWritten(await writeVersion(catalogue, version.trim()));
    } catch (error) {
      setFailure(error instanceof Refusal ? messageOf(error) : t("curation.write.lost"));
    } finally {
      setBusy(false);
    }
  };
  const { writes = false, max_version_characters: longest } = server.value ?? {};
  return (
    <section class="finish" id="finish" tabIndex={-1} aria-label={t("curation.finish")}>
      <p class="note" id="saved" role="status">
        {saved.value}
      </p>
      <Problems />
      <p class="done" id="written" role="status" hidden={!written}>
        {written ? t("curation.written", { folder: written.folder, digest: written.digest }) : ""}
      </p>
      <div id="finish-error">
        <ErrorLine text={failure} />
      </div>
      <div class="row">
        <button type="button" class="button primary" id="download" onClick={download}>
          {t("curation.download")}
        </button>
        {writes ? (
          <>
            <label class="version">
              {t("curation.version")}
              <input
                id="version"
                type="text"
                autocomplete="off"
                spellcheck={false}
                maxLength={longest}
                value={version}
                onInput={(event) => setVersion(event.currentTarget.value)}
              />
            </label>
            <button type="button" class="button" id="write" disabled={busy} onClick={() => void write()}>
              {t("curation.write")}
            </button>
          </>
        ) : null}
        <OpenFile onFailure={setFailure} />
        {left.value ? (
          <button type="button" class="button" id="take-over" onClick={takeOver}>
            {t("curation.takeOver")}
          </button>
        ) : null}
        <StartOver />
      </div>
      {server.value && !writes ? (
        <p class="note" id="how-to-write">
          {t("curation.howToWrite")} <code>mammoganesis serve --curated-bundles FOLDER</code> {t("curation.orApply")}{" "}
          <code>mammoganesis-training curate apply BUNDLE catalogue.json --out NEW_BUNDLE</code>
        </p>
      ) : null}
    </section>
  );
}

function Problems() {
  return (
    <div id="problems" role="alert" hidden={found.value.length === 0}>
      <ul class="problems">
        {found.value.map(({ target, text }) => (
          <li key={target}>
            <a
              href={`#${target}`}
              onClick={(event) => {
                event.preventDefault();
                jumpTo(target);
              }}
            >
              {text}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function OpenFile({ onFailure }: { onFailure: (text: string) => void }) {
  const take = async (file: File | undefined) => {
    const digest = served.value?.model.bundleDigest;
    if (!file || !digest) return;
    try {
      const catalogue = JSON.parse(await file.text()) as Catalogue;
      const other = catalogue.bundle_digest;
      if (other && other !== digest) onFailure(t("curation.open.other", { file: file.name, digest: `${other.slice(0, 12)}\u2026` }));
      else open(catalogue);
    } catch {
      onFailure(t("curation.open.none", { file: file.name }));
    }
  };
  return (
    <FileButton accept=".json,application/json" onFiles={([file]) => void take(file)}>
      {t("curation.open")}
    </FileButton>
  );
}

function StartOver() {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" class="button quiet" id="start-over" onClick={() => setAsking(true)}>
        {t("curation.startOver")}
      </button>
      <Dialog title={t("curation.startOver")} open={asking} onClose={() => setAsking(false)}>
        <p>{t("curation.startOver.question")}</p>
        <p class="row">
          <button
            type="button"
            class="button primary"
            id="forget"
            onClick={() => {
              setAsking(false);
              startOver();
            }}
          >
            {t("curation.startOver.yes")}
          </button>
          <Button onClick={() => setAsking(false)}>{t("action.cancel")}</Button>
        </p>
      </Dialog>
    </>
  );
}
