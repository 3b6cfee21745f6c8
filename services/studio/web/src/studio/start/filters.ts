// What the start screen shows: from which seed on, how many, and of what kind. It stands in the address as `start`. Pure.

import type { LabelCombination, LabelField } from "../../protos/mammoganesis/v1/model_pb";

export const PAGE = 24; // pictures at first, and more at a time
export const MOST = 16 * PAGE; // pictures on one page: as many as are remembered
export const STRETCH = 8 * 64; // seeds that a search looks through before it asks
export const MEASURES = ["breast_area", "dense_share", "dense_spread", "mean_intensity", "pectoral_area", "texture"] as const;
export const FIRST_MEASURES: readonly MeasureName[] = ["breast_area", "dense_share"]; // those that a teacher is offered
export const THIRDS = ["low", "middle", "high"] as const;

export type MeasureName = (typeof MEASURES)[number];
export type Third = (typeof THIRDS)[number]; // of this model's images

export interface Filters {
  first: number; // seed
  shown: number; // pictures, a multiple of PAGE
  through: number; // seeds that a search may look through
  labels: Record<string, string>; // value by label field
  measures: Partial<Record<MeasureName, Third>>;
}

export const NO_FILTERS: Filters = { first: 0, shown: PAGE, through: STRETCH, labels: {}, measures: {} };

export const isMeasured = ({ measures }: Filters) => Object.keys(measures).length > 0;

// Whether two show the same pictures, one of them perhaps more of them.
export const sameKind = (a: Filters, b: Filters) => filtersText({ ...a, shown: PAGE, through: STRETCH }) === filtersText({ ...b, shown: PAGE, through: STRETCH });

export function filtersText({ first, shown, through, labels, measures }: Filters): string {
  const parts = new URLSearchParams();
  if (first > 0) parts.set("first", String(first));
  if (shown !== PAGE) parts.set("shown", String(shown));
  if (through !== STRETCH) parts.set("through", String(through));
  for (const [field, value] of Object.entries(labels).sort()) parts.set(`label.${field}`, value);
  for (const name of MEASURES) if (measures[name]) parts.set(name, measures[name]);
  return parts.toString();
}

// The filters of a text; what it does not say, or says of another model, is as it opens.
export function filtersOf(text: string, fields: LabelField[], maxSeed: number): Filters {
  const parts = new URLSearchParams(text);
  const whole = (key: string, least: number, most: number, otherwise: number) => {
    const value = parts.get(key) ?? "";
    return /^\d{1,10}$/.test(value) ? Math.min(most, Math.max(least, Number(value))) : otherwise;
  };
  const labels = fields.flatMap(({ name, values }) => {
    const value = parts.get(`label.${name}`);
    return value !== null && values.includes(value) ? [[name, value] as const] : [];
  });
  const measures = MEASURES.flatMap((name) => {
    const third = THIRDS.find((one) => one === parts.get(name));
    return third ? [[name, third] as const] : [];
  });
  return {
    first: whole("first", 0, maxSeed, 0),
    shown: Math.ceil(whole("shown", PAGE, MOST, PAGE) / PAGE) * PAGE,
    through: Math.ceil(whole("through", STRETCH, 2 ** 31, STRETCH) / STRETCH) * STRETCH,
    labels: Object.fromEntries(labels),
    measures: Object.fromEntries(measures),
  };
}

export const withLabel = (filters: Filters, field: string, value: string): Filters => {
  const { [field]: _before, ...others } = filters.labels;
  return { ...filters, shown: PAGE, through: STRETCH, labels: value ? { ...others, [field]: value } : others };
};

export const withMeasure = (filters: Filters, name: MeasureName, third: Third | ""): Filters => {
  const { [name]: _before, ...others } = filters.measures;
  return { ...filters, shown: PAGE, through: STRETCH, measures: third ? { ...others, [name]: third } : others };
};

export const startingAt = (filters: Filters, first: number): Filters => ({ ...filters, first, shown: PAGE, through: STRETCH });

// One page more; after MOST of them the next ones in their place. `next`: the seed after the last one shown.
export const withMore = (filters: Filters, next: number): Filters =>
  filters.shown < MOST ? { ...filters, shown: filters.shown + PAGE } : startingAt(filters, next);

// The seeds in a row that are shown where nothing is measured.
export function seedsInARow({ first, shown }: Filters, maxSeed: number): number[] {
  return Array.from({ length: Math.min(shown, maxSeed - first + 1) }, (_, position) => first + position);
}

// Training images that carry these labels, and all of them; null where the bundle does not say.
export function trainedWith(labels: Record<string, string>, mixture: LabelCombination[]): { images: number; all: number } | null {
  const wanted = Object.entries(labels);
  if (wanted.length === 0 || mixture.length === 0) return null;
  const sum = (some: LabelCombination[]) => some.reduce((total, { images }) => total + images, 0);
  return { images: sum(mixture.filter((one) => wanted.every(([field, value]) => one.labels[field] === value))), all: sum(mixture) };
}
