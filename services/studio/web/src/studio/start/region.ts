// A region that shows what a region is. Pure.

import { outlinesOf } from "../../viewer/outlines";
import type { Place, Picture } from "../../viewer/types";

interface Candidate {
  index: number;
  name: string;
  rejected: boolean;
}

// Of the regions that somebody has named (else of all that nobody has set aside) the one that covers most of the map; null where there is none.
export function exampleRegion<Region extends Candidate>({ pixels }: Picture, regions: readonly Region[]): Region | null {
  const counts = new Map<number, number>();
  for (const index of pixels) counts.set(index, (counts.get(index) ?? 0) + 1);
  const there = regions.filter(({ index, rejected }) => !rejected && counts.has(index));
  const named = there.filter(({ name }) => name !== "");
  const [largest] = (named.length > 0 ? named : there).sort((a, b) => (counts.get(b.index) ?? 0) - (counts.get(a.index) ?? 0));
  return largest ?? null;
}

export const outlinesOfRegion = (map: Picture, index: number): Place[][] => outlinesOf(map, (pixel) => map.pixels[pixel] === index);

// The d of an SVG path around them, in a square of 1 x 1.
export const pathOf = (outlines: readonly (readonly Place[])[]) =>
  outlines.map((outline) => `M${outline.map(([x, y]) => `${x.toFixed(4)} ${y.toFixed(4)}`).join("L")}Z`).join("");
