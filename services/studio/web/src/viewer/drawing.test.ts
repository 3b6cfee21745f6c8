import { expect, test } from "vitest";

import { emptyMask, markOf, painted, simplified } from "./drawing";
import type { Place } from "./types";

test("a point is where the pointer is let go, within the image", () => {
  expect(markOf("point", [[0.1, 0.1], [1.2, 0.5]])).toEqual({ kind: "point", at: [1, 0.5] });
});

test("an ellipse fills the rectangle that was drawn, in any direction", () => {
  const mark = markOf("ellipse", [[0.6, 0.2], [0.2, 0.5]]);
  expect(mark).toMatchObject({ kind: "ellipse", centre: [0.4, 0.35] });
  expect(mark?.kind === "ellipse" && mark.radii.map((radius) => radius.toFixed(6))).toEqual(["0.200000", "0.150000"]);
  expect(markOf("ellipse", [[0.5, 0.5], [0.501, 0.9]])).toBeNull();
});

test("a free-hand outline keeps its shape and loses what adds nothing to it", () => {
  const square: Place[] = [];
  const side = (from: Place, to: Place) => {
    for (let step = 0; step < 500; step++) square.push([from[0] + ((to[0] - from[0]) * step) / 500, from[1] + ((to[1] - from[1]) * step) / 500]);
  };
  side([0.2, 0.2], [0.8, 0.2]);
  side([0.8, 0.2], [0.8, 0.8]);
  side([0.8, 0.8], [0.2, 0.8]);
  const mark = markOf("freehand", square);
  expect(mark?.kind === "freehand" && mark.corners.length).toBe(4);
  expect(markOf("freehand", [[0.5, 0.5]])).toBeNull();
  expect(markOf("window", square)).toBeNull();
});

test("an outline that trembles without end stays within 1000 corners", () => {
  const wild = Array.from({ length: 6000 }, (_, i): Place => [0.5 + 0.4 * Math.cos(i) * ((i % 7) / 7), 0.5 + 0.4 * Math.sin(i)]);
  const mark = markOf("freehand", wild);
  expect(mark?.kind === "freehand" && mark.corners.length).toBeLessThanOrEqual(1000);
  expect(simplified([[0, 0], [0.5, 0.0001], [1, 0]], 0.001)).toEqual([[0, 0], [1, 0]]);
});

test("the brush paints the pixels whose middle it covers, and takes them away again", () => {
  const mask = painted(emptyMask({ width: 100, height: 50 }), [0.5, 0.5], [0.5, 0.5], 0.2, 255);
  const count = mask.values.reduce((sum, value) => sum + (value === 255 ? 1 : 0), 0);
  expect(Math.abs(count - Math.PI * 100)).toBeLessThan(8);
  expect(mask.values[25 * 100 + 50]).toBe(255);
  expect(mask.values[25 * 100 + 61]).toBe(0);
  expect(painted(mask, [0, 0.5], [1, 0.5], 0.3, 0).values.every((value) => value === 0)).toBe(true);
});

test("a stroke has no gaps and ends at the image's edge", () => {
  const { values } = painted(emptyMask({ width: 64, height: 64 }), [-0.5, 0.5], [1.5, 0.5], 0.05, 255);
  for (let x = 0; x < 64; x++) expect(values[32 * 64 + x]).toBe(255);
});
