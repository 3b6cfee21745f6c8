// The one place that knows what the page of cases shows. Components read signals and call the functions below; the address follows.

import { computed, signal } from "@preact/signals";

import { CaseSchema, CollectionSchema, type Case, type Collection } from "../protos/mammoganesis/v1/cases_pb";
import { failure } from "../parts/acts";
import { Draft } from "../parts/draft";
import { caseService } from "../rpc/clients";
import { addressOf, caseAt, readAddress, type Place } from "./address";

export const place = signal<Place>(readAddress(location.hash));
export const wanted = signal<Place | null>(null); // where a person wants to go while something is not saved: to be asked

const got = <Thing>(thing: Thing | undefined): Thing => {
  if (thing === undefined) throw new Error("an answer without its content");
  return thing;
};

export interface Versioned {
  version: number; // 0: not saved yet
}

const VERSIONED = {
  key: "mammoganesis.draft.",
  isNew: ({ version }: Versioned) => version === 0,
  onto: <One extends Versioned>(one: One, { version }: One): One => ({ ...one, version }),
};

export const caseDraft = new Draft<typeof CaseSchema, Case>({
  schema: CaseSchema,
  ...VERSIONED,
  idOf: ({ caseId }) => caseId,
  get: async (caseId) => got((await caseService.getCase({ caseId })).case),
  create: async (one) => got((await caseService.createCase({ case: one })).case),
  save: async (one) => got((await caseService.saveCase({ case: one })).case),
});

export const collectionDraft = new Draft<typeof CollectionSchema, Collection>({
  schema: CollectionSchema,
  ...VERSIONED,
  idOf: ({ collectionId }) => collectionId,
  get: async (collectionId) => got((await caseService.getCollection({ collectionId })).collection),
  create: async (one) => got((await caseService.createCollection({ collection: one })).collection),
  save: async (one) => got((await caseService.saveCollection({ collection: one })).collection),
});

export const unsaved = computed(() => caseDraft.unsaved.value || collectionDraft.unsaved.value);

const isSameThing = (a: Place, b: Place) =>
  (a.at === "case" && b.at === "case" && a.caseId === b.caseId && a.version === b.version) ||
  (a.at === "collection" && b.at === "collection" && a.collectionId === b.collectionId);

// To another place of the page. What is not saved is asked about first.
export function go(next: Place): void {
  if (unsaved.value && !isSameThing(place.value, next)) wanted.value = next;
  else arrive(next);
}

export function arrive(next: Place): void {
  wanted.value = null;
  const isNew = !isSameThing(place.value, next) && !(place.value.at === "cases" && next.at === "cases");
  show(next);
  if (isNew) history.pushState(null, "", addressOf(next));
  else history.replaceState(null, "", addressOf(next));
}

// A new case, before anything of it is saved.
export function beginCase(one: Case): void {
  collectionDraft.close();
  caseDraft.begin(one);
  place.value = caseAt(one.caseId);
  history.pushState(null, "", addressOf(place.value));
}

// What was changed is forgotten.
export function leaveWithoutSaving(): void {
  const { value: next } = wanted;
  for (const draft of [caseDraft, collectionDraft]) draft.drop();
  if (next) arrive(next);
}

export function follow(): void {
  show(place.value);
  addEventListener("popstate", () => {
    const next = readAddress(location.hash);
    if (!unsaved.value || isSameThing(place.value, next)) return show(next);
    history.pushState(null, "", addressOf(place.value)); // stay until it is answered
    wanted.value = next;
  });
  addEventListener("beforeunload", (event) => {
    if (unsaved.value) event.preventDefault();
  });
}

function show(next: Place): void {
  const isSame = isSameThing(place.value, next) && (caseDraft.current.value !== null || collectionDraft.current.value !== null);
  place.value = next;
  if (isSame) return;
  failure.value = "";
  caseDraft.close();
  collectionDraft.close();
  if (next.at === "case" && next.version === 0) void caseDraft.open(next.caseId);
  if (next.at === "collection") void collectionDraft.open(next.collectionId);
}
