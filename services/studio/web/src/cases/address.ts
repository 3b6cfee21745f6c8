// What the page of cases shows, as it stands in its address: reload, back and a copied link show the same.

export const TABS = ["images", "findings", "questions", "text"] as const;
export type Tab = (typeof TABS)[number];

export const SORTS = ["saved", "title", "questions"] as const;
export type Sort = (typeof SORTS)[number];

export type Place =
  | { at: "cases"; query: string; sort: Sort; deleted: boolean }
  | { at: "case"; caseId: string; version: number; tab: Tab; viewer: string } // version 0: the newest, to be edited
  | { at: "collection"; collectionId: string }
  | { at: "quizzes" }
  | { at: "quiz"; quizId: string }
  | { at: "add"; recipe: string }; // an image that comes from the studio

export const HOME: Place = { at: "cases", query: "", sort: "saved", deleted: false };

export const caseAt = (caseId: string, change: Partial<Extract<Place, { at: "case" }>> = {}): Place => ({
  at: "case", caseId, version: 0, tab: "images", viewer: "", ...change,
});

const oneOf = <Value extends string>(text: string | null, values: readonly Value[]): Value => values.find((value) => value === text) ?? (values[0] as Value);

// What an address says; what it says amiss is left as the page opens.
export function readAddress(hash: string): Place {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const text = (key: string) => parts.get(key) ?? "";
  if (text("add")) return { at: "add", recipe: text("add") };
  if (text("case")) {
    const version = /^\d{1,9}$/.test(text("version")) ? Number(text("version")) : 0;
    return { at: "case", caseId: text("case"), version, tab: oneOf(parts.get("tab"), TABS), viewer: text("viewer") };
  }
  if (text("collection")) return { at: "collection", collectionId: text("collection") };
  if (text("quiz")) return { at: "quiz", quizId: text("quiz") };
  if (parts.has("quizzes")) return { at: "quizzes" };
  return { at: "cases", query: text("query"), sort: oneOf(parts.get("sort"), SORTS), deleted: parts.has("deleted") };
}

// "#..." of a place: only what is not as it opens.
export function addressOf(place: Place): string {
  const parts = new URLSearchParams();
  const set = (key: string, value: string | number, first: string | number = "") => {
    if (value !== first) parts.set(key, String(value));
  };
  switch (place.at) {
    case "cases":
      set("query", place.query);
      set("sort", place.sort, SORTS[0]);
      if (place.deleted) parts.set("deleted", "1");
      break;
    case "case":
      set("case", place.caseId);
      set("version", place.version, 0);
      set("tab", place.tab, TABS[0]);
      set("viewer", place.viewer);
      break;
    case "collection":
      set("collection", place.collectionId);
      break;
    case "quiz":
      set("quiz", place.quizId);
      break;
    case "quizzes":
      parts.set("quizzes", "1");
      break;
    case "add":
      set("add", place.recipe);
      break;
  }
  return `#${parts}`;
}
