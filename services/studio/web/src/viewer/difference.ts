// The signed difference of two pictures, its scale and its colours.

import { bounded } from "./geometry";
import type { Picture, Size } from "./types";

export interface Difference extends Size {
  // First minus second, -1 to 1 of the range of values, row by row.
  readonly values: Float32Array;
  // Drawn in the strongest colour, on both sides of 0.
  readonly scale: number;
}

const SCALES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
const SHOWN = 0.999; // this share of the pixels lies within the scale

// A smaller picture is first drawn as large as the other.
export function differenceOf(first: Picture, second: Picture): Difference {
  const width = Math.max(first.width, second.width);
  const height = Math.max(first.height, second.height);
  const [a, b] = [shares(first, width, height), shares(second, width, height)];
  const values = a.map((value, pixel) => value - b[pixel]!);
  return { values, width, height, scale: scaleOf(values) };
}

// The least of SCALES that holds all but the largest thousandth.
export function scaleOf(values: Float32Array): number {
  const beyond = (scale: number) => values.reduce((count, value) => count + (Math.abs(value) > scale ? 1 : 0), 0);
  return SCALES.find((scale) => beyond(scale) <= (1 - SHOWN) * values.length) ?? 1;
}

// The picture's values, 0 to 1, in another size: linear between the middles of its pixels.
function shares({ pixels, width, height, bits }: Picture, toWidth: number, toHeight: number): Float32Array {
  const range = 2 ** bits - 1;
  if (width === toWidth && height === toHeight) return Float32Array.from(pixels, (value) => value / range);
  const columns = spans(width, toWidth);
  const rows = spans(height, toHeight);
  const at = (row: number, column: number) => pixels[row * width + column]!;
  return Float32Array.from({ length: toWidth * toHeight }, (_, pixel) => {
    const [left, right, across] = columns[pixel % toWidth]!;
    const [top, bottom, down] = rows[Math.floor(pixel / toWidth)]!;
    const upper = at(top, left) * (1 - across) + at(top, right) * across;
    const lower = at(bottom, left) * (1 - across) + at(bottom, right) * across;
    return (upper * (1 - down) + lower * down) / range;
  });
}

// For each of `count` pixels: its two neighbours among `from`, and the share of the second.
function spans(from: number, count: number): [number, number, number][] {
  return Array.from({ length: count }, (_, index) => {
    const at = bounded(((index + 0.5) * from) / count - 0.5, 0, from - 1);
    return [Math.floor(at), Math.min(Math.floor(at) + 1, from - 1), at % 1];
  });
}

// Dark where nothing differs; blue below, amber above: told apart by colour-blind eyes, and as bright on either side.
const BELOW = [[18, 19, 22], [32, 108, 190], [168, 216, 255]] as const;
const ABOVE = [[18, 19, 22], [176, 92, 12], [255, 208, 138]] as const;

// Red, green, blue (0 to 255) of -1 to 1; what lies beyond is drawn as the end.
export function colourOf(value: number): [number, number, number] {
  const stops = value < 0 ? BELOW : ABOVE;
  const at = 2 * bounded(Math.abs(value));
  const from = stops[Math.min(1, Math.floor(at))]!;
  const to = stops[Math.min(1, Math.floor(at)) + 1]!;
  const share = at - Math.min(1, Math.floor(at));
  const mixed = (channel: 0 | 1 | 2) => Math.round(from[channel] + (to[channel] - from[channel]) * share);
  return [mixed(0), mixed(1), mixed(2)];
}

const STEPS = 255; // of colour on either side of 0
const PALETTE = Array.from({ length: 2 * STEPS + 1 }, (_, step) => colourOf(step / STEPS - 1));

// RGBA, opaque, row by row.
export function coloured({ values, scale }: Difference): Uint8ClampedArray<ArrayBuffer> {
  const colours = new Uint8ClampedArray(4 * values.length).fill(255);
  values.forEach((value, pixel) => colours.set(PALETTE[Math.round((bounded(value / scale, -1, 1) + 1) * STEPS)]!, 4 * pixel));
  return colours;
}

// Share of the pixels that differ by more than half a step of 8 bits.
export function shareOfChange({ values }: Difference): number {
  return values.reduce((count, value) => count + (Math.abs(value) > 0.5 / 255 ? 1 : 0), 0) / values.length;
}
