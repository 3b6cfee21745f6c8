// Geometry of the plots: numbers in, places in an SVG out. Pure functions.

export type Range = readonly [number, number];
export type Point = readonly [number, number];
export type Scale = (value: number) => number;

// From a range of numbers to a range of places; where the numbers are one, its middle.
export function linear([low, high]: Range, [from, to]: Range): Scale {
  return (value) => (high === low ? (from + to) / 2 : from + ((value - low) / (high - low)) * (to - from));
}

// Round numbers within a range, about `count` of them.
export function ticks([low, high]: Range, count = 5): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, place) => Number(((first + place) * step).toPrecision(12)));
}

// A range from 0, or from `low`, whose end is a round number at or above all values.
export function rounded(values: number[], low = 0): Range {
  const most = Math.max(low, ...values);
  if (most <= low) return [low, low + 1];
  const marks = ticks([low, most]);
  const step = (marks[1] ?? most) - (marks[0] ?? low);
  return [low, low + Math.ceil((most - low) / step - 1e-9) * step];
}

const place = (value: number) => String(Math.round(value * 100) / 100);

export function path(points: readonly Point[]): string {
  return points.map(([x, y], number) => `${number === 0 ? "M" : "L"}${place(x)} ${place(y)}`).join("");
}

// Closed, along the one and back along the other.
export const between = (upper: readonly Point[], lower: readonly Point[]): string => (upper.length === 0 ? "" : `${path([...upper, ...[...lower].reverse()])}Z`);

// A value holds until the next one.
export const stairs = (points: readonly Point[]): Point[] => points.flatMap(([x, y], number): Point[] => (number === 0 ? [[x, y]] : [[x, points[number - 1]![1]], [x, y]]));

export const through = (xs: readonly number[], ys: readonly number[], x: Scale, y: Scale): Point[] => xs.map((value, number) => [x(value), y(ys[number] ?? 0)]);
