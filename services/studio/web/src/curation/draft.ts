// What the curator has said so far, and the catalogue that comes of it. Fields are named as in catalogue.json.

import { nameOf } from "./names";

export type Decision = "undecided" | "keep" | "reject";

export interface Further {
  index: number;
  weight: number;
  layer_start: number;
  layer_end: number;
}

export interface Evidence {
  attribute: string;
  spearman_rho: number;
  num_seeds: number;
}

export interface SideEffect {
  attribute: string;
  at_start: number; // mean change at sigmas_start, in deviations of the attribute over images
  at_end: number;
  num_seeds: number;
}

// Numbers are null while their fields hold none.
export interface DirectionDraft {
  name: string; // as typed
  reversed: boolean;
  layer_start: number | null;
  layer_end: number | null;
  sigmas_start: number | null;
  sigmas_end: number | null;
  note: string;
  evidence: Evidence | null;
  further: Further[];
  side_effects: SideEffect[];
}

export interface ComponentDraft {
  decision: Decision;
  directions: DirectionDraft[]; // one or more, on ranges of layers of their own
}

export interface RegionDraft {
  decision: Decision;
  name: string; // as typed
  note: string;
  labelled_names: object[];
}

export interface Draft {
  components: ComponentDraft[];
  regions: RegionDraft[];
  default_epsilon: string | number; // as in its field; "": the services' default
  low_resolution_epsilon: string | number;
}

// What a catalogue of the model that is served may hold.
export interface Rules {
  layers: number;
  sigmas: [number, number]; // of a direction that nobody has said anything about
  maxSigmas: number;
  maxEpsilon: number;
  namePattern: string;
  maxName: number; // characters
  maxNote: number;
}

type SaidDirection = Partial<DirectionDraft> & { index: number };
type SaidRegion = Partial<RegionDraft> & { index: number; rejected?: boolean };

export interface Catalogue {
  bundle_digest?: string;
  directions?: SaidDirection[];
  rejected_components?: number[];
  regions?: SaidRegion[];
  default_epsilon?: number | null;
  low_resolution_epsilon?: number | null;
}

export function emptyDirection({ layers, sigmas }: Rules): DirectionDraft {
  return { name: "", reversed: false, layer_start: 0, layer_end: layers, sigmas_start: sigmas[0], sigmas_end: sigmas[1], note: "", evidence: null, further: [], side_effects: [] };
}

// A catalogue as the draft of as many components and regions.
export function draftOf(catalogue: Catalogue, components: number, regions: number, rules: Rules): Draft {
  const rejected = new Set(catalogue.rejected_components ?? []);
  return {
    components: Array.from({ length: components }, (_, component): ComponentDraft => {
      const said = (catalogue.directions ?? []).filter((direction) => direction.index === component);
      const decision = said.length > 0 ? "keep" : rejected.has(component) ? "reject" : "undecided";
      const directions = said.map(({ index: _index, ...fields }) => ({ ...emptyDirection(rules), ...fields }));
      return { decision, directions: directions.length > 0 ? directions : [emptyDirection(rules)] };
    }),
    regions: Array.from({ length: regions }, (_, region): RegionDraft => {
      const said = (catalogue.regions ?? []).find(({ index }) => index === region);
      const decision = said?.rejected ? "reject" : said?.name ? "keep" : "undecided";
      return { decision, name: said?.name ?? "", note: said?.note ?? "", labelled_names: said?.labelled_names ?? [] };
    }),
    default_epsilon: catalogue.default_epsilon ?? "",
    low_resolution_epsilon: catalogue.low_resolution_epsilon ?? "",
  };
}

// What a field of a number holds, or null.
export const numberIn = (text: string | number): number | null => (text === "" || Number.isNaN(Number(text)) ? null : Number(text));

// A direction as catalogue.json has it.
export function saidOf(direction: DirectionDraft, index: number, { namePattern }: Rules) {
  return { index, ...direction, name: nameOf(direction.name, namePattern), note: direction.note.trim() };
}

// catalogue.json of the draft for one bundle; as good as the draft is, see `problems`.
export function catalogueOf(draft: Draft, bundleDigest: string, rules: Rules): Catalogue {
  return {
    bundle_digest: bundleDigest,
    directions: draft.components.flatMap(({ decision, directions }, index) =>
      decision === "keep" ? directions.map((direction) => saidOf(direction, index, rules)) : [],
    ),
    rejected_components: draft.components.flatMap(({ decision }, index) => (decision === "reject" ? [index] : [])),
    regions: draft.regions.map(({ decision, name, note, labelled_names }, index) => ({
      index,
      name: decision === "undecided" ? "" : nameOf(name, rules.namePattern),
      labelled_names,
      note: note.trim(),
      rejected: decision === "reject",
    })),
    default_epsilon: numberIn(draft.default_epsilon),
    low_resolution_epsilon: numberIn(draft.low_resolution_epsilon),
  };
}

// What was measured holds for what it was measured with: the layers and the sign, and side effects for the ends of the range.
export function withChange(direction: DirectionDraft, change: Partial<DirectionDraft>): DirectionDraft {
  const moved = ["layer_start", "layer_end", "reversed"].some((field) => field in change);
  const ranged = "sigmas_start" in change || "sigmas_end" in change;
  return {
    ...direction,
    ...(moved ? { evidence: null } : {}),
    ...(moved || ranged ? { side_effects: [] } : {}),
    ...change,
  };
}

export function count(list: { decision: Decision }[]): Record<Decision, number> {
  const counts = { undecided: 0, keep: 0, reject: 0 };
  for (const { decision } of list) counts[decision] += 1;
  return counts;
}
