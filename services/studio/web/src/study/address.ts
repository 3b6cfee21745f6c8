// What the page of reader studies shows, as it stands in its address: reload, back and a copied link show the same.

export const PARTS = ["design", "images", "prepare", "readers", "results"] as const;
export type Part = (typeof PARTS)[number];

export const QUESTIONS = ["difference", "equivalence", "width"] as const;
export type Question = (typeof QUESTIONS)[number];

// What is asked of the size of a study; 0 readers or cases: how many are needed.
export interface Asked {
  question: Question;
  auc: number;
  margin: number;
  width: number;
  readers: number;
  reals: number;
  generated: number;
  deviation: number;
  correlation: number;
  power: number;
  confidence: number;
}

export const FIRST_ASKED: Asked = {
  question: "difference",
  auc: 0.6,
  margin: 0.1,
  width: 0.2,
  readers: 0,
  reals: 50,
  generated: 0,
  deviation: 0.05,
  correlation: 0.3,
  power: 0.8,
  confidence: 0.95,
};

export type Place =
  | { at: "studies" }
  | { at: "study"; studyId: string; part: Part | ""; task: string } // part "": as the study stands; task: whose results, "" for the first
  | { at: "size"; asked: Asked };

export const HOME: Place = { at: "studies" };

export const studyAt = (studyId: string, part: Part | "" = "", task = ""): Place => ({ at: "study", studyId, part, task });

// What an address says; what it says amiss is left as the page opens.
export function readAddress(hash: string): Place {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const text = (key: string) => parts.get(key) ?? "";
  if (text("study")) return studyAt(text("study"), PARTS.find((part) => part === text("part")) ?? "", text("task"));
  if (parts.has("size")) return { at: "size", asked: readAsked(parts) };
  return HOME;
}

function readAsked(parts: URLSearchParams): Asked {
  const asked: Asked = { ...FIRST_ASKED, question: QUESTIONS.find((one) => one === parts.get("size")) ?? FIRST_ASKED.question };
  for (const key of Object.keys(FIRST_ASKED) as (keyof Asked)[]) {
    const value = Number(parts.get(key) ?? "x");
    if (key !== "question" && Number.isFinite(value) && value >= 0) asked[key] = value;
  }
  return asked;
}

// "#..." of a place: only what is not as it opens.
export function addressOf(place: Place): string {
  const parts = new URLSearchParams();
  if (place.at === "study") {
    parts.set("study", place.studyId);
    if (place.part) parts.set("part", place.part);
    if (place.task) parts.set("task", place.task);
  }
  if (place.at === "size") {
    parts.set("size", place.asked.question);
    for (const [key, value] of Object.entries(place.asked)) {
      if (key !== "question" && value !== FIRST_ASKED[key as keyof Asked]) parts.set(key, String(value));
    }
  }
  return `#${parts}`;
}
