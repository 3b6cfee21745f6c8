// What of the components and regions is listed and how their sheets are drawn: all of it stands in the address.

import { nameOf } from "./names";
import type { Decision, Draft } from "./draft";

export const ROWS = [1, 2, 3, 4, 6];
export const RELEVANT = 0.01; // share of W's variance below which a component waits for "show all"

export interface View {
  seed: number; // the first one
  rows: number;
  range: string; // of the columns, in deviations; "": the model's own
  quality: string; // "quick", "full"; "": whichever is good enough
  labels: Record<string, string>;
  show: Decision | "all";
  find: string;
  all: boolean; // components of little variance too
}

export const firstView: View = { seed: 0, rows: 3, range: "", quality: "", labels: {}, show: "all", find: "", all: false };

const OWN = ["seed", "rows", "range", "quality", "show", "find", "all"];

// The rest of the address's query, such as a language, stays as it is.
export function queryOf(view: View, before: string): string {
  const parts = new URLSearchParams(before);
  for (const key of [...parts.keys()]) if (OWN.includes(key) || key.startsWith("label.")) parts.delete(key);
  const set = (key: string, value: string, first: string) => value !== first && parts.set(key, value);
  set("seed", String(view.seed), "0");
  set("rows", String(view.rows), "3");
  set("range", view.range, "");
  set("quality", view.quality, "");
  set("show", view.show, "all");
  set("find", view.find, "");
  set("all", view.all ? "1" : "", "");
  for (const [field, value] of Object.entries(view.labels)) parts.set(`label.${field}`, value);
  const text = parts.toString();
  return text && `?${text}`;
}

// What cannot be read is as it opens.
export function viewOf(query: string): View {
  const parts = new URLSearchParams(query);
  const text = (key: string) => parts.get(key) ?? "";
  const labels = [...parts].filter(([key]) => key.startsWith("label.")).map(([key, value]) => [key.slice("label.".length), value]);
  const show = text("show");
  return {
    seed: /^\d{1,10}$/.test(text("seed")) ? Number(text("seed")) : 0,
    rows: ROWS.includes(Number(text("rows"))) ? Number(text("rows")) : 3,
    range: /^\d+(\.\d+)?$/.test(text("range")) ? text("range") : "",
    quality: ["quick", "full"].includes(text("quality")) ? text("quality") : "",
    labels: Object.fromEntries(labels),
    show: show === "undecided" || show === "keep" || show === "reject" ? show : "all",
    find: text("find"),
    all: text("all") === "1",
  };
}

export interface Listing {
  components: number[];
  regions: number[];
  minor: number; // components that wait for "show all"
}

// `shares`: of W's variance, one a component. `attribute`: what an attribute's key is called. Components stand by falling variance; regions that
// nobody has decided on first.
export function listing(draft: Draft, shares: number[], view: View, attribute: (key: string) => string): Listing {
  const wanted = words(view.find);
  const has = (texts: string[]) => {
    const text = plain(texts.join(" "));
    return wanted.every((word) => text.includes(word));
  };
  const shown = (decision: Decision) => view.show === "all" || view.show === decision;
  const components = draft.components.flatMap(({ decision, directions }, index) => {
    const said = directions.flatMap(({ name, note, evidence, side_effects }) => [
      name,
      note,
      ...[...(evidence ? [evidence] : []), ...side_effects].map((one) => attribute(one.attribute)),
    ]);
    return shown(decision) && has([String(index), ...said]) ? [index] : [];
  });
  const isMinor = (index: number) => draft.components[index]?.decision === "undecided" && (shares[index] ?? 0) < RELEVANT;
  const minor = components.filter(isMinor).length;
  const regions = draft.regions.flatMap(({ decision, name, note }, index) =>
    shown(decision) && has([String(index), name, note]) ? [index] : [],
  );
  const isOpen = (index: number) => draft.regions[index]?.decision === "undecided";
  return {
    components: view.all || wanted.length > 0 ? components : components.filter((index) => !isMinor(index)),
    regions: [...regions.filter(isOpen), ...regions.filter((index) => !isOpen(index))],
    minor: wanted.length > 0 ? 0 : minor,
  };
}

const plain = (text: string) => nameOf(text, "(?!)").replaceAll("-", " ");
const words = (text: string) => plain(text).split(" ").filter(Boolean);

// Where "12", "component 12", "r3" or "region 3" leads: an id, or null.
export function targetOf(text: string, components: number, regions: number): string | null {
  const found = /^\s*(r|c)?[a-zé]*\s*#?\s*(\d+)\s*$/i.exec(text);
  if (!found) return null;
  const index = Number(found[2]);
  if (found[1]?.toLowerCase() === "r") return index < regions ? `region-${index}` : null;
  return index < components ? `component-${index}` : null;
}
