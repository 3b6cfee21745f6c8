// The one place that knows what the curation page shows: the draft, kept in this browser, and the view, kept in the address.

import { toJson } from "@bufbuild/protobuf";
import { computed, effect, signal, untracked } from "@preact/signals";

import { DirectionSchema } from "../protos/mammoganesis/v1/pca_editing_pb";
import { RegionSummarySchema } from "../protos/mammoganesis/v1/style_transfer_pb";
import { forget, keep, kept } from "../state/keeping";
import { served, type Served } from "../state/served";
import { known, language, ofDates, t } from "../texts/texts";
import { catalogueOf, draftOf, withChange, type Catalogue, type ComponentDraft, type DirectionDraft, type Draft, type RegionDraft, type Rules } from "./draft";
import { directionNames, problems as problemsOf, regionNames, type Problem } from "./problems";
import { server as askServer, type Server } from "./server";
import { listing, queryOf, viewOf, type Listing, type View } from "./view";

const EMPTY: Draft = { components: [], regions: [], default_epsilon: "", low_resolution_epsilon: "" };
const AS_IN_FILES = { useProtoFieldName: true, alwaysEmitImplicit: true } as const;

export const draft = signal<Draft>(EMPTY);
export const view = signal<View>(viewOf(location.search));
export const server = signal<Server | null>(null);
export const saved = signal(""); // what became of the last entry
export const found = signal<Problem[]>([]); // what kept the catalogue from going out
export const listed = signal<Listing>({ components: [], regions: [], minor: 0 });
export const fresh = signal(0); // grows when everything begins anew: fields show what the draft has
export const left = signal<{ digest: string; name: string; draft: Draft } | null>(null); // of the bundle that was served before
export const begun = computed(() => server.value !== null && draft.value !== EMPTY);

export const rules = computed((): Rules => {
  const { dimensions, editing } = served.value?.model ?? {};
  return {
    layers: dimensions?.numWs ?? 0,
    sigmas: [editing?.sigmasStart ?? 0, editing?.sigmasEnd ?? 0],
    maxSigmas: editing?.maxSigmas ?? 0,
    maxEpsilon: editing?.maxEpsilon ?? 0,
    namePattern: editing?.namePattern ?? "",
    maxName: server.value?.max_name_characters ?? 0,
    maxNote: server.value?.max_note_characters ?? 0,
  };
});
export const names = computed(() => directionNames(draft.value, rules.value));
export const namesOfRegions = computed(() => regionNames(draft.value, rules.value));
export const attributeName = (key: string) => known(`attribute.${key}`, key.replaceAll("_", " "));

let digest = ""; // of the bundle that the draft is of
const keyOf = (bundle: string) => `mammoganesis:curation:${bundle}`;

// Begins with what is served, and again whenever it is another bundle.
export function follow(): void {
  effect(() => {
    const there = served.value;
    if (there && there.model.bundleDigest !== digest) untracked(() => void begin(there));
  });
  effect(() => {
    const query = queryOf(view.value, location.search);
    if (query !== location.search) history.replaceState(history.state, "", `${location.pathname}${query}${location.hash}`);
  });
  effect(() => {
    void language.value; // messages are written in it
    found.value = [];
  });
}

async function begin(there: Served): Promise<void> {
  const before = { digest, name: left.value?.name ?? "", draft: draft.value };
  digest = there.model.bundleDigest;
  server.value = await askServer().catch(() => server.value);
  if (server.value === null) {
    digest = "";
    setTimeout(() => served.value && void begin(served.value), 1000);
    return;
  }
  const kept = remembered();
  show(kept ?? ownDraft());
  saved.value = kept ? t("curation.takenUp") : t("curation.nothingYet");
  if (before.digest && fits(before.draft)) {
    left.value = { ...before, name: there.model.version };
    saved.value = t("curation.otherBundle", { name: there.model.name, version: there.model.version });
  }
}

function show(next: Draft): void {
  draft.value = next;
  found.value = [];
  fresh.value += 1;
  list();
}

// The catalogue that the bundle has.
function ownDraft(): Draft {
  const { components, regions } = served.value ?? {};
  const list = components?.components ?? [];
  const catalogue = {
    directions: (components?.directions ?? []).map((one) => toJson(DirectionSchema, one, AS_IN_FILES)),
    rejected_components: list.filter(({ rejected }) => rejected).map(({ index }) => index),
    regions: (regions?.regions ?? []).map((one) => toJson(RegionSummarySchema, one, AS_IN_FILES)),
    default_epsilon: regions?.defaultEpsilon || null,
    low_resolution_epsilon: regions ? regions.lowResolutionEpsilon : null,
  } as unknown as Catalogue;
  return draftOf(catalogue, list.length, regions?.regions.length ?? 0, rules.value);
}

const fits = (one: Draft | null): one is Draft =>
  one?.components?.length === (served.value?.components?.components.length ?? 0) && one?.regions?.length === (served.value?.regions?.regions.length ?? 0);

function remembered(): Draft | null {
  try {
    const said = JSON.parse(kept(keyOf(digest)) ?? "null") as Draft | null;
    return fits(said) ? said : null;
  } catch {
    return null; // something else under our key
  }
}

function entered(next: Draft): void {
  draft.value = next;
  found.value = [];
  const time = new Date().toLocaleTimeString(ofDates.value, { hour: "2-digit", minute: "2-digit" });
  saved.value = keep(keyOf(digest), JSON.stringify(next)) ? t("curation.kept", { time }) : t("curation.notKept");
}

export function startOver(): void {
  forget(keyOf(digest));
  show(ownDraft());
  saved.value = t("curation.startedOver");
}

// What was entered for the bundle before, on this one.
export function takeOver(): void {
  if (!left.value) return;
  show(left.value.draft);
  entered(left.value.draft);
  left.value = null;
}

export function open(catalogue: Catalogue): void {
  const next = draftOf(catalogue, draft.value.components.length, draft.value.regions.length, rules.value);
  show(next);
  entered(next);
}

export function look(change: Partial<View>): void {
  view.value = { ...view.value, ...change };
  list();
}

// Cards stay where they are while they are filled in: the list is made anew when a person asks for another one.
export function list(): void {
  const shares = (served.value?.components?.components ?? []).map(({ explainedVarianceRatio }) => explainedVarianceRatio);
  listed.value = listing(draft.value, shares, view.value, attributeName);
}

export function changeComponent(index: number, change: (component: ComponentDraft) => ComponentDraft): void {
  entered({ ...draft.value, components: draft.value.components.map((one, i) => (i === index ? change(one) : one)) });
}

// A name or a note is a decision, where there is none yet.
export function changeDirection(index: number, place: number, change: Partial<DirectionDraft>): void {
  changeComponent(index, ({ decision, directions }) => ({
    decision: decision === "undecided" && (change.name || change.note) ? "keep" : decision,
    directions: directions.map((one, i) => (i === place ? withChange(one, change) : one)),
  }));
}

export function changeRegion(index: number, change: Partial<RegionDraft>): void {
  const regions = draft.value.regions.map((one, i): RegionDraft => {
    if (i !== index) return one;
    const decides = one.decision === "undecided" && (change.name || change.note);
    return { ...one, ...(decides ? { decision: "keep" as const } : {}), ...change };
  });
  entered({ ...draft.value, regions });
}

export function changeEpsilon(field: "default_epsilon" | "low_resolution_epsilon", value: string): void {
  entered({ ...draft.value, [field]: value });
}

// The catalogue, or null when something is wrong with it, which is then listed.
export function finished(): Catalogue | null {
  found.value = problemsOf(draft.value, rules.value);
  return found.value.length > 0 ? null : catalogueOf(draft.value, digest, rules.value);
}
