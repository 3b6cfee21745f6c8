// The borders of what lies in a mask or a label map, as closed polygons.

import type { Mask, Place, Size } from "./types";

export const INSIDE = 128; // of a mask's values

export function outlinesOfMask(mask: Mask): Place[][] {
  return outlinesOf(mask, (pixel) => mask.values[pixel]! >= INSIDE);
}

// Of the pixels for which `inside` holds, along their edges; the inside is on the right hand, so that holes run the other way.
export function outlinesOf({ width, height }: Size, inside: (pixel: number) => boolean): Place[][] {
  const next = borders({ width, height }, inside);
  const loops: Place[][] = [];
  for (const [start, ends] of next) {
    while (ends.length > 0) loops.push(places(loopFrom(start, next), { width, height }));
  }
  return loops;
}

// From each corner of the grid, by its number row by row, those that a border leads to.
function borders({ width, height }: Size, inside: (pixel: number) => boolean): Map<number, number[]> {
  const next = new Map<number, number[]>();
  const holds = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && inside(y * width + x);
  const add = (from: number, to: number) => {
    const ends = next.get(from);
    if (ends) ends.push(to);
    else next.set(from, [to]);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!holds(x, y)) continue;
      const corner = y * (width + 1) + x;
      const below = corner + width + 1;
      if (!holds(x, y - 1)) add(corner, corner + 1);
      if (!holds(x + 1, y)) add(corner + 1, below + 1);
      if (!holds(x, y + 1)) add(below + 1, below);
      if (!holds(x - 1, y)) add(below, corner);
    }
  }
  return next;
}

function loopFrom(start: number, next: Map<number, number[]>): number[] {
  const loop: number[] = [];
  let at = start;
  do {
    loop.push(at);
    at = next.get(at)!.pop()!;
  } while (at !== start);
  return loop;
}

// The corners at which a loop turns.
function places(loop: number[], { width, height }: Size): Place[] {
  const turns = loop.filter((corner, index) => corner - loop.at(index - 1)! !== loop[(index + 1) % loop.length]! - corner);
  return turns.map((corner) => [(corner % (width + 1)) / width, Math.floor(corner / (width + 1)) / height]);
}
