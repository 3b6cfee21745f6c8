// What is wrong with a draft, in sentences; "" for nothing.

import { counted, number, t } from "../texts/texts";
import { numberIn, type DirectionDraft, type Draft, type RegionDraft, type Rules } from "./draft";
import { isName, nameOf } from "./names";

export type Names = ReadonlyMap<string, number>; // how often each is there

export interface Problem {
  target: string; // id of the element concerned
  text: string;
}

// Valid or not, of all that is kept.
export function directionNames({ components }: Draft, rules: Rules): Names {
  const kept = components.flatMap(({ decision, directions }) => (decision === "keep" ? directions : []));
  return counts(kept.map(({ name }) => nameOf(name, rules.namePattern)));
}

export function regionNames({ regions }: Draft, rules: Rules): Names {
  const named = regions.filter(({ decision, name }) => decision !== "undecided" && name);
  return counts(named.map(({ name }) => nameOf(name, rules.namePattern)));
}

function counts(names: string[]): Names {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
  return found;
}

export function problemOfName(typed: string, names: Names, rules: Rules): string {
  const name = nameOf(typed, rules.namePattern);
  if (!name) return t("curation.problem.noName");
  if (!isName(name, rules.namePattern)) return t("curation.problem.badName");
  if (name.length > rules.maxName) return t("curation.problem.longName", { max: rules.maxName });
  return (names.get(name) ?? 0) > 1 ? t("curation.problem.twice", { name }) : "";
}

const problemOfNote = (note: string, { maxNote }: Rules) => (note.trim().length > maxNote ? counted("curation.problem.longNote", maxNote) : "");

export function problemOfDirection(direction: DirectionDraft, names: Names, rules: Rules): string {
  const { layer_start: first, layer_end: end, sigmas_start: from, sigmas_end: to } = direction;
  const name = problemOfName(direction.name, names, rules);
  if (name) return name;
  const whole = first !== null && end !== null && Number.isInteger(first) && Number.isInteger(end);
  if (!whole || first < 0 || end <= first || end > rules.layers) return t("curation.problem.layers", { layers: rules.layers });
  const inside = (value: number | null): value is number => value !== null && Math.abs(value) <= rules.maxSigmas;
  if (!inside(from) || !inside(to) || from > to) return t("curation.problem.range", { max: number(rules.maxSigmas) });
  return problemOfNote(direction.note, rules);
}

export function problemOfRegion({ decision, name, note }: RegionDraft, names: Names, rules: Rules): string {
  const wrong = decision === "keep" || (decision === "reject" && name) ? problemOfName(name, names, rules) : "";
  return wrong || problemOfNote(note, rules);
}

// Everything that is wrong, each with where.
export function problems(draft: Draft, rules: Rules): Problem[] {
  const found: Problem[] = [];
  const directions = directionNames(draft, rules);
  const regions = regionNames(draft, rules);
  draft.components.forEach((component, index) => {
    if (component.decision !== "keep") return;
    const text = component.directions.map((direction) => problemOfDirection(direction, directions, rules)).find(Boolean);
    if (text) found.push({ target: `component-${index}`, text: `${t("curation.component", { index })}. ${text}` });
  });
  draft.regions.forEach((region, index) => {
    const text = problemOfRegion(region, regions, rules);
    if (text) found.push({ target: `region-${index}`, text: `${t("curation.region", { index })}. ${text}` });
  });
  const wrong = (field: string | number, smallest: number) => {
    const value = numberIn(field);
    return field !== "" && !(value !== null && value >= smallest && value <= rules.maxEpsilon);
  };
  const max = number(rules.maxEpsilon);
  if (wrong(draft.default_epsilon, Number.MIN_VALUE)) found.push({ target: "default-epsilon", text: t("curation.problem.epsilon", { max }) });
  if (wrong(draft.low_resolution_epsilon, 0)) found.push({ target: "low-resolution-epsilon", text: t("curation.problem.lowEpsilon", { max }) });
  return found;
}
