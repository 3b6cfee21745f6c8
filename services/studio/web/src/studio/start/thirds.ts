// What is low and what is high among a model's images: a measure's lower, middle and upper third over some of them. Pure.

import { MEASURES, type Filters, type MeasureName, type Third } from "./filters";

export type Measured = Readonly<Record<string, number>>; // value by measure

// Where the middle third begins and ends.
export interface Borders {
  readonly low: number;
  readonly high: number;
}

export type Scale = Readonly<Record<MeasureName, Borders>>;

export interface Found {
  readonly seed: number;
  readonly measures: Measured;
}

export interface Range {
  name: MeasureName;
  least?: number;
  most?: number;
}

// Linear between the values in their order. share: 0 to 1; at least one value.
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

export function scaleOf(images: readonly Measured[]): Scale {
  const borders = MEASURES.map((name) => {
    const values = images.map((one) => one[name] ?? 0);
    return [name, { low: quantile(values, 1 / 3), high: quantile(values, 2 / 3) }] as const;
  });
  return Object.fromEntries(borders) as Record<MeasureName, Borders>;
}

export function rangeOf(name: MeasureName, third: Third, { low, high }: Borders): Range {
  if (third === "low") return { name, most: low };
  return third === "high" ? { name, least: high } : { name, least: low, most: high };
}

export const rangesOf = ({ measures }: Filters, scale: Scale): Range[] =>
  MEASURES.flatMap((name) => (measures[name] ? [rangeOf(name, measures[name], scale[name])] : []));

export const isWithin = (measures: Measured, ranges: readonly Range[]) =>
  ranges.every(({ name, least = -Infinity, most = Infinity }) => {
    const value = measures[name] ?? NaN;
    return value >= least && value <= most;
  });

// What a search from `first` finds among images that are measured already, the seeds 0, 1, ... in their order; and how many of its seeds those are.
export function amongMeasured(images: readonly Found[], ranges: readonly Range[], { first, wanted }: { first: number; wanted: number }) {
  const found: Found[] = [];
  let examined = 0;
  for (const image of images.slice(first)) {
    if (found.length === wanted) break;
    examined += 1;
    if (isWithin(image.measures, ranges)) found.push(image);
  }
  return { found, examined };
}
