// A collection: its title, its cases in order, and what can be done with all of them.

import { clone } from "@bufbuild/protobuf";
import { signal } from "@preact/signals";

import { CollectionSchema, type CaseSummary, type Collection } from "../protos/mammoganesis/v1/cases_pb";
import { act } from "../parts/acts";
import { Button } from "../parts/buttons";
import { Dialog } from "../parts/dialog";
import { TextField } from "../parts/fields";
import { Unopened } from "../parts/messages";
import { Ordered } from "../parts/ordered";
import { caseService } from "../rpc/clients";
import { t } from "../texts/texts";
import { HOME, addressOf, caseAt } from "./address";
import { follow } from "./card";
import { exportCases } from "./files";
import { LinksDialog } from "./links";
import { useList } from "../parts/lists";
import { reordered } from "./model";
import { PublishDialog } from "./publish";
import { Decisions, Saving } from "./saving";
import { arrive, collectionDraft, go } from "./store";
import { VersionsDialog } from "./versions";

type Open = "" | "add" | "links" | "publish" | "versions";
const open = signal<Open>("");

export function CollectionPage() {
  const { value: collection } = collectionDraft.current;
  const cases = useList<CaseSummary>(collection?.collectionId ?? "", async (pageToken, signal) => {
    const { cases: page, nextPageToken } = await caseService.listCases({ pageSize: 200, pageToken }, { signal });
    return { things: page, next: nextPageToken };
  });
  if (!collection) {
    return <Unopened heading={t("collections.title")} failure={collectionDraft.failure.value} back={t("editor.back")} onBack={() => go(HOME)} />;
  }
  const { collectionId, title, caseIds } = collection;
  const titles = new Map(cases.things?.map((one) => [one.caseId, one.title]));
  const change = (work: (copy: Collection) => void, burst = "") => {
    const copy = clone(CollectionSchema, collection);
    work(copy);
    collectionDraft.change(copy, burst);
  };
  const remove = async () => {
    const isGone = await act(() => caseService.deleteCollection({ collectionId }), {
      text: t("cases.deleted", { title }),
      undo: () => caseService.restoreCollection({ collectionId }),
    });
    if (isGone) arrive(HOME);
  };
  const close = () => (open.value = "");
  return (
    <div class="one">
      <h1 class="unseen">{title || t("editor.title")}</h1>
      <header class="row spread">
        <Button look="quiet" onClick={() => go(HOME)}>
          {t("editor.back")}
        </Button>
        <Saving draft={collectionDraft} onSave={() => void collectionDraft.save()} />
      </header>
      <Decisions draft={collectionDraft} />
      <TextField label={t("editor.title")} value={title} maxLength={200} onChange={(text) => change((copy) => (copy.title = text), "title")} />
      <TextField label={t("collection.description")} rows={2} maxLength={5000} value={collection.description} onChange={(text) => change((copy) => (copy.description = text), "description")} />
      <div class="row">
        <Button onClick={() => (open.value = "add")}>{t("collection.add")}</Button>
        <Button onClick={() => (open.value = "publish")} disabled={caseIds.length === 0}>{t("cases.publish")}</Button>
        <Button onClick={() => (open.value = "links")}>{t("editor.share")}</Button>
        <Button onClick={() => (open.value = "versions")}>{t("editor.versions")}</Button>
        <Button onClick={() => void act(() => exportCases({ collectionId }, "zip"))} disabled={caseIds.length === 0}>{t("cases.exportZip")}</Button>
        <Button onClick={() => void act(() => exportCases({ collectionId }, "dicom"))} disabled={caseIds.length === 0}>{t("cases.exportDicom")}</Button>
        <Button onClick={() => void act(() => exportCases({ collectionId }, "json"))} disabled={caseIds.length === 0}>{t("cases.exportJson")}</Button>
        <Button look="quiet" onClick={() => void remove()}>{t("collection.delete")}</Button>
      </div>
      <h2>{t("collection.cases")}</h2>
      {caseIds.length === 0 ? <p class="note">{t("collection.empty")}</p> : null}
      <Ordered
        name={t("collection.cases")}
        things={caseIds}
        idOf={(id) => id}
        titleOf={(id) => titles.get(id) ?? id}
        onMove={(from, to) => change((copy) => (copy.caseIds = reordered(copy.caseIds, from, to)))}
      >
        {(id) => (
          <div class="row spread">
            <a href={addressOf(caseAt(id))} onClick={(event) => follow(event, () => go(caseAt(id)))}>
              {titles.get(id) ?? id}
            </a>
            <Button look="quiet" label={t("action.removeOne", { name: titles.get(id) ?? id })} onClick={() => change((copy) => (copy.caseIds = copy.caseIds.filter((one) => one !== id)))}>
              {t("action.remove")}
            </Button>
          </div>
        )}
      </Ordered>
      <Dialog title={t("collection.add")} open={open.value === "add"} onClose={close}>
        <ul class="panel">
          {cases.things?.map((one) => (
            <li key={one.caseId} class="row spread">
              <span>{one.title}</span>
              <Button
                disabled={caseIds.includes(one.caseId)}
                label={t("collection.addOne", { title: one.title })}
                onClick={() => change((copy) => copy.caseIds.push(one.caseId))}
              >
                {t("collection.addIt")}
              </Button>
            </li>
          ))}
        </ul>
      </Dialog>
      <PublishDialog open={open.value === "publish"} onClose={close} what={{ collectionId }} title={title} first={() => collectionDraft.save()} />
      <LinksDialog open={open.value === "links"} onClose={close} target={{ case: "collectionId", value: collectionId }} />
      <VersionsDialog
        open={open.value === "versions"}
        onClose={close}
        newest={collection.version}
        list={async () => (await caseService.listCollectionVersions({ collectionId })).versions}
        onRestore={async (version) => {
          const { collection: old } = await caseService.getCollection({ collectionId, version });
          if (old) collectionDraft.change({ ...old, version: collection.version });
        }}
      />
    </div>
  );
}
