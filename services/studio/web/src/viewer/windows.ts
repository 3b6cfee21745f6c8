// Window and level: shares of the range of values that are drawn black and white.

import { bounded } from "./geometry";
import type { Picture, Size, Window } from "./types";

export const PRESETS = ["full", "breast", "dense", "skin"] as const;
export type Preset = (typeof PRESETS)[number];

export const NARROWEST = 1 / 128;
const BINS = 1024;
const AIR = 0.04; // at and below this there is no breast

// Drag to the right widens the window, drag downwards raises its level: the whole pane is the whole range.
export function windowed({ low, high }: Window, [right, down]: readonly [number, number], pane: Size): Window {
  const width = bounded(high - low + right / pane.width, NARROWEST, 1);
  const level = bounded((low + high) / 2 + down / pane.height, width / 2, 1 - width / 2);
  return { low: bounded(level - width / 2), high: bounded(level + width / 2) };
}

// Windows of one picture: all values; the breast; its brighter half, where dense tissue is; its darkest tenths, where skin is.
export function presetsOf(picture: Picture): Record<Preset, Window> {
  const histogram = histogramOf(picture);
  const at = (share: number) => quantile(histogram, share);
  return {
    full: { low: 0, high: 1 },
    breast: wide(at(0.01), at(0.995)),
    dense: wide(at(0.5), at(0.999)),
    skin: wide(0, at(0.3)),
  };
}

// Counts of the values above air, in BINS equal bins.
function histogramOf({ pixels, bits }: Picture): Uint32Array {
  const counts = new Uint32Array(BINS);
  const range = 2 ** bits - 1;
  for (const value of pixels) {
    if (value > AIR * range) counts[Math.min(BINS - 1, Math.floor((value / range) * BINS))]!++;
  }
  return counts;
}

function quantile(counts: Uint32Array, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return share;
  let below = 0;
  const bin = counts.findIndex((count) => (below += count) >= share * total);
  return (bin + 0.5) / BINS;
}

function wide(low: number, high: number): Window {
  const start = bounded(low, 0, 1 - NARROWEST);
  return { low: start, high: Math.max(high, start + NARROWEST) };
}
