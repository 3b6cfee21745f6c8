// All cases: search, order, choose several, duplicate, delete with undo, import and export; beside them the collections.

import { create } from "@bufbuild/protobuf";
import { signal } from "@preact/signals";

import { CollectionSchema, type CaseSummary } from "../protos/mammoganesis/v1/cases_pb";
import { act } from "../parts/acts";
import { Button } from "../parts/buttons";
import { Choice } from "../parts/fields";
import { FileButton } from "../parts/filebutton";
import { askAgain, onEnter, useList } from "../parts/lists";
import { ErrorLine } from "../parts/messages";
import { caseService } from "../rpc/clients";
import { counted, language, number, t } from "../texts/texts";
import { HOME, SORTS, type Sort } from "./address";
import { CaseCard } from "./card";
import { Collections } from "./collections";
import { exportCases, importCases } from "./files";
import { freshId } from "./model";
import { NewCase } from "./new";
import { PublishDialog } from "./publish";
import { arrive, go } from "./store";

const chosen = signal<ReadonlyMap<string, string>>(new Map()); // titles by case_id
const publishing = signal(false);

interface ListProps {
  query: string;
  sort: Sort;
  deleted: boolean;
}

export function ListPage({ query, sort, deleted }: ListProps) {
  const list = useList<CaseSummary>(`${query} ${deleted}`, async (pageToken, signal) => {
    const { cases, nextPageToken } = await caseService.listCases({ query, deleted, pageToken }, { signal });
    return { things: cases, next: nextPageToken };
  });
  const show = (change: Partial<ListProps>) => arrive({ at: "cases", query, sort, deleted, ...change });
  const cases = list.things && sorted(list.things, sort);
  return (
    <div class="lists">
      <div class="list">
        <header class="row spread">
          <h1>{t(deleted ? "cases.showDeleted" : "cases.title")}</h1>
          <div class="row">
            <Button onClick={() => show({ deleted: !deleted, query: "" })}>{t(deleted ? "cases.showAll" : "cases.showDeleted")}</Button>
            <Button onClick={() => go({ at: "quizzes" })}>{t("quizzes.title")}</Button>
            <Import />
          </div>
        </header>
        {deleted ? null : <NewCase />}
        <div class="row finding">
          <input type="search" aria-label={t("cases.search")} placeholder={t("cases.search")} value={query} onInput={(event) => show({ query: event.currentTarget.value })} onKeyDown={onEnter((text) => text !== query, askAgain)} />
          <Choice label={t("cases.sort")} value={sort} onChange={(next) => show({ sort: next })} options={SORTS.map((value) => ({ value, text: t(`cases.sort.${value}`) }))} />
        </div>
        <Chosen />
        <ErrorLine text={list.failure ? t("cases.unavailable", { message: list.failure }) : ""} />
        {cases === null && !list.failure ? <p role="status">{t("state.loading")}</p> : null}
        {cases?.length === 0 ? <p class="note">{t(query ? "cases.noneFound" : "cases.none")}</p> : null}
        <ul class="cards">
          {cases?.map((one) => (
            <CaseCard key={one.caseId} one={one} deleted={deleted} chosen={chosen.value.has(one.caseId)} onChoose={() => choose(one)} />
          ))}
        </ul>
        {list.more ? <Button onClick={list.more}>{t("action.more")}</Button> : null}
      </div>
      <Collections />
      <PublishDialog open={publishing.value} onClose={() => (publishing.value = false)} what={{ caseIds: [...chosen.value.keys()] }} title={[...chosen.value.values()][0] ?? ""} />
    </div>
  );
}

// As a person wishes to see them; the services list those saved last first.
function sorted(cases: CaseSummary[], sort: Sort): CaseSummary[] {
  const order = new Intl.Collator(language.value, { numeric: true });
  if (sort === "title") return [...cases].sort((a, b) => order.compare(a.title, b.title));
  return sort === "questions" ? [...cases].sort((a, b) => b.questions - a.questions) : cases;
}

function choose({ caseId, title }: CaseSummary): void {
  const next = new Map(chosen.value);
  if (!next.delete(caseId)) next.set(caseId, title);
  chosen.value = next;
}

// What can be done with the cases that are chosen.
function Chosen() {
  const ids = [...chosen.value.keys()];
  if (ids.length === 0) return null;
  const collect = async () => {
    const collection = create(CollectionSchema, { collectionId: freshId("collection"), title: t("collection.newTitle"), caseIds: ids });
    if (await act(() => caseService.createCollection({ collection }))) {
      chosen.value = new Map();
      go({ at: "collection", collectionId: collection.collectionId });
    }
  };
  return (
    <div class="row chosen" role="group" aria-label={counted("cases.selected", ids.length)}>
      <strong>{counted("cases.selected", ids.length)}</strong>
      <Button onClick={() => void collect()}>{t("cases.toCollection")}</Button>
      <Button onClick={() => (publishing.value = true)}>{t("cases.publish")}</Button>
      <Button onClick={() => void act(() => exportCases({ caseIds: ids }, "zip"))}>{t("cases.exportZip")}</Button>
      <Button onClick={() => void act(() => exportCases({ caseIds: ids }, "dicom"))}>{t("cases.exportDicom")}</Button>
      <Button onClick={() => void act(() => exportCases({ caseIds: ids }, "json"))}>{t("cases.exportJson")}</Button>
      <Button look="quiet" onClick={() => (chosen.value = new Map())}>
        {t("action.cancel")}
      </Button>
    </div>
  );
}

function Import() {
  const take = async (file: File) => {
    let count = 0;
    let collectionId = "";
    const isIn = await act(async () => {
      const imported = await importCases(file);
      count = imported.cases.length;
      collectionId = imported.collection?.collectionId ?? "";
    });
    if (!isIn) return;
    await act(async () => undefined, { text: t("cases.imported", { count: number(count) }) });
    go(collectionId ? { at: "collection", collectionId } : HOME);
  };
  return (
    <FileButton accept=".json,.zip,application/json,application/zip" onFiles={([file]) => void (file && take(file))}>
      {t("cases.import")}
    </FileButton>
  );
}
