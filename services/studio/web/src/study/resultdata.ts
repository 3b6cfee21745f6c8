// The results of a closed study as the services tell them (mammoganesis/statistics/results.py, services/study/results.py), as far as the page
// shows them. Names are those of the JSON.

export type Interval = [number | null, number | null]; // null: not finite

export interface Proportion {
  count: number;
  total: number;
  value: number | null;
  interval: Interval | null;
}

export interface ExactTest {
  successes: number;
  trials: number;
  chance: number;
  p: number;
}

export interface Curve {
  false_positive: number[];
  true_positive: number[];
}

export interface Band extends Curve {
  low: number[];
  high: number[];
  level: number;
}

export interface Binary {
  positive: string;
  sensitivity: Proportion;
  specificity: Proportion;
  precision: Proportion;
  accuracy: Proportion;
  balanced_accuracy: { value: number; interval: Interval } | null;
  exact: ExactTest;
}

export interface ReaderResult {
  reader: string;
  treatment: string;
  positives: number;
  negatives: number;
  auc: number | null;
  interval: Interval | null;
  curve: Curve | null;
  binary: Binary | null;
}

export interface MrmcEstimate {
  auc: number;
  se: number;
  df: number | null; // null: infinite
  interval: Interval;
  p: number;
}

export const METHODS = ["jackknife", "delong", "ustatistic", "one_shot"] as const;
export type Method = (typeof METHODS)[number];

export type MrmcMethod = MrmcEstimate & { fixed_readers: MrmcEstimate };

export type Mrmc = Record<Method, MrmcMethod | null> & {
  primary: Method | "";
  equivalence: { margin: number; p: number; interval: Interval; equivalent: boolean } | null;
  reason: string;
};

export interface ComparisonTest {
  kind: string;
  statistic: number | null;
  df_numerator: number;
  df: number | null;
  p: number;
}

export interface Difference {
  first: string;
  second: string;
  difference: number;
  interval: Interval;
  p: number;
}

export const COMPARED = ["random_readers_random_cases", "fixed_readers_random_cases", "random_readers_fixed_cases"] as const;

export type Comparison = Record<(typeof COMPARED)[number], (ComparisonTest & { differences: Difference[] }) | null> & {
  treatments: string[];
  one_shot: Difference[];
  reason: string;
};

export interface Kappa {
  reader: string;
  other: string;
  cases: number;
  agreement: number | null;
  kappa: number | null;
  interval: Interval | null;
}

export interface Rounds {
  alternatives: number;
  allowed_errors: number;
  readers: { reader: string; rounds: number; errors: number; complete: boolean; exact: ExactTest }[];
  mean_rounds: number;
  expected_by_chance: number;
  survival: number[];
  by_chance: number[];
  pooled: ExactTest;
}

export interface Group {
  value: string;
  readings: number;
  positives: number;
  negatives: number;
  auc: number | null;
  interval: Interval | null;
  called_positive: Proportion | null;
  correct: Proportion | null;
}

export interface Calibration {
  steps: { low: number; high: number; positive: Proportion }[];
  expected: number[];
  brier: number;
}

export interface Time {
  readings: number;
  median: number;
  mean: number;
  median_right: number | null;
  median_wrong: number | null;
  p: number | null;
  odds_ratio: number | null;
  odds_ratio_interval: Interval | null;
}

export interface Results {
  positive: string;
  level: number;
  counts: { readers: number; cases: number; positives: number; negatives: number; readings: number; repeated: number; crossed: boolean };
  readers: ReaderResult[];
  pooled: { readings: number; auc: number | null; interval: Interval | null; binary: Binary | null };
  mrmc: Record<string, Mrmc>;
  comparison: Comparison | null;
  agreement: { fleiss: Kappa | null; weighted: Kappa[]; intra: Kappa[] } | null;
  rounds: Rounds | null;
  forced_choice: { reader: string; alternatives: number; proportion: Proportion; exact: ExactTest }[];
  breakdowns: { column: string; groups: Group[] }[];
  calibration: Calibration | null;
  time: Time | null;
  notes: string[];
}

export interface LrocReader {
  reader: string;
  positives: number;
  negatives: number;
  located: Proportion;
  area: number | null;
  interval: Interval | null;
  curve: Curve | null;
}

interface Estimate {
  value: number;
  interval: Interval;
}

export interface LrocMean {
  method: Method;
  random_readers: Estimate;
  fixed_readers: Estimate;
}

export interface Lroc {
  readers: LrocReader[];
  area: LrocMean | null;
  located: LrocMean | null;
  reason: string;
}

export interface Mark {
  reader: string;
  x: number; // share of the width
  y: number; // of the height
  met: boolean | null; // the true place; null: there is none
}

export interface MarkedImage {
  name: string;
  origin: string;
  readings: number;
  place: [number, number][][]; // outlines; none: nothing was changed at one place
  marks: Mark[];
}

export interface Localisation {
  lroc: Lroc | null; // null: no place to be found was read, or no real image
  tolerance: number;
  covered: number | null;
  left_out: number;
  images: MarkedImage[];
}

export type Conclusion = "different" | "equivalent" | "both" | "neither" | "";

export interface TaskResults {
  phase: string;
  awareness: string;
  task: string;
  kind: string;
  results: Results | null; // null: there is no right answer to be tested
  band: Band | null;
  conclusion?: Conclusion;
  categories: { scale: string; origin: string; category: string; readings: number }[];
  places: { origin: string; readings: number; places: number; none: number }[];
  localisation?: Localisation | null;
}

export interface Judged {
  name: string;
  origin: string; // "real", "synthesised" or "edited"
  readings: number;
  called: number; // generated
  confidence: number | null;
}

export interface StudyResults {
  tasks: TaskResults[];
  comparison: Results | null;
  suspicions: { phase: string; reader: string; suspected: boolean; text: string }[];
  images: Judged[];
}

// Throws where the text is no JSON.
export function readResults(text: string): StudyResults {
  const { tasks = [], comparison = null, suspicions = [], images = [] } = JSON.parse(text) as Partial<StudyResults>;
  return { tasks, comparison, suspicions, images };
}

const finders = ({ marks }: MarkedImage) => new Set(marks.filter(({ met }) => met).map(({ reader }) => reader)).size;

// Images with a true place, those found most often first; and others that were marked, most marks first.
export function pickedMarks(images: MarkedImage[], most: number): Record<"placed" | "marked", (MarkedImage & { found: number })[]> {
  const counted = images.map((one) => ({ ...one, found: finders(one) }));
  const first = (some: typeof counted, by: (one: (typeof counted)[number]) => number) => some.sort((a, b) => by(b) - by(a) || a.name.localeCompare(b.name)).slice(0, most);
  return {
    placed: first(counted.filter(({ place }) => place.length > 0), ({ found }) => found),
    marked: first(counted.filter(({ place, marks }) => place.length === 0 && marks.length > 0), ({ marks }) => marks.length),
  };
}

const share = ({ called, readings }: Judged) => called / readings;

// Generated images that were called so; generated ones that were called real; real ones that were called generated. Most often first.
export function picked(images: Judged[], most: number): Record<"recognised" | "mistaken" | "accused", Judged[]> {
  const generated = images.filter(({ origin }) => origin !== "real");
  const real = images.filter(({ origin }) => origin === "real");
  const first = (some: Judged[], by: (one: Judged) => number) => [...some].sort((a, b) => by(b) - by(a) || a.name.localeCompare(b.name)).slice(0, most);
  return {
    recognised: first(generated.filter(({ called }) => called > 0), share),
    mistaken: first(generated.filter(({ called, readings }) => called < readings), (one) => -share(one)),
    accused: first(real.filter(({ called }) => called > 0), share),
  };
}
