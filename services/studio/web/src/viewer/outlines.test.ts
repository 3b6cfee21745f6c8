import { expect, test } from "vitest";

import { outlinesOf, outlinesOfMask } from "./outlines";
import type { Place } from "./types";

// Twice the area within a loop, positive with the inside on the right hand (y downwards).
const area = (loop: Place[]) => loop.reduce((sum, [x, y], i) => sum + x * loop[(i + 1) % loop.length]![1] - loop[(i + 1) % loop.length]![0] * y, 0) / 2;

test("one pixel has four corners", () => {
  const [loop, ...others] = outlinesOf({ width: 4, height: 2 }, (pixel) => pixel === 5);
  expect(others).toEqual([]);
  expect(new Set(loop!.map(String))).toEqual(new Set(["0.25,0.5", "0.5,0.5", "0.5,1", "0.25,1"]));
});

test("a hole runs the other way and takes its area away", () => {
  const loops = outlinesOf({ width: 3, height: 3 }, (pixel) => pixel !== 4);
  expect(loops.map((loop) => Math.sign(area(loop))).sort()).toEqual([-1, 1]);
  expect(loops.reduce((sum, loop) => sum + area(loop), 0)).toBeCloseTo(8 / 9);
});

test("the area within the outlines is the share of the pixels, whatever the mask", () => {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let trial = 0; trial < 20; trial++) {
    const values = Uint8Array.from({ length: 11 * 7 }, () => Math.floor(random() * 256));
    const inside = values.reduce((count, value) => count + (value >= 128 ? 1 : 0), 0);
    const total = outlinesOfMask({ values, width: 11, height: 7 }).reduce((sum, loop) => sum + area(loop), 0);
    expect(total).toBeCloseTo(inside / 77, 10);
  }
});

test("an empty mask has no outline", () => {
  expect(outlinesOfMask({ values: new Uint8Array(16), width: 4, height: 4 })).toEqual([]);
});
