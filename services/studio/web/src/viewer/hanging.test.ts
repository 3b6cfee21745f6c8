import { describe, expect, test } from "vitest";

import { columnsOf, hung, lettersOf, mirrored, wallOf } from "./hanging";
import type { Picture } from "./types";

const slots = (...images: string[]) =>
  images.map((name) => ({ side: name[0] as "L" | "R" | undefined, view: name.slice(1) as "CC" | "MLO" | undefined }));
const order = (...parameters: Parameters<typeof hung>) => hung(...parameters).map(({ slot }) => slot);

describe("hangings", () => {
  test("one image, or the first two", () => {
    expect(order("single", slots("LCC", "RCC"), 1)).toEqual([1]);
    expect(order("single", slots("LCC"), 3)).toEqual([0]);
    expect(order("pair", slots("LCC", "RCC", "LMLO"), 0)).toEqual([0, 1]);
  });

  test("the right breast hangs on the left, the walls back to back", () => {
    const places = hung("hanging2", slots("LCC", "RCC"), 0);
    expect(places.map(({ slot }) => slot)).toEqual([1, 0]);
    expect(places.map(({ hanging }) => hanging.anchor)).toEqual(["right", "left"]);
    expect(places.map(({ hanging }) => hanging.reversed)).toEqual([true, false]);
  });

  test("four views hang CC above MLO whatever their order", () => {
    expect(order("hanging4", slots("LMLO", "RCC", "RMLO", "LCC"), 0)).toEqual([1, 3, 2, 0]);
  });

  test("a grid keeps the order and turns nothing round", () => {
    const places = hung("grid", slots("LCC", "RCC", "LMLO", "RMLO", "LCC", "RCC"), 2);
    expect(places.map(({ slot }) => slot)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(places.map(({ hanging }) => hanging.anchor))).toEqual(new Set(["middle"]));
    expect([1, 2, 3, 4, 6, 8, 12].map(columnsOf)).toEqual([1, 2, 3, 2, 3, 4, 4]);
  });

  test("a view that is missing leaves its place empty", () => {
    expect(order("hanging4", slots("LMLO", "RMLO"), 0)).toEqual([null, null, 1, 0]);
    expect(order("hanging2", slots("LCC"), 0)).toEqual([null, 0]);
  });

  test("two of a kind, and images that say nothing, keep their order in what is left", () => {
    expect(order("hanging2", slots("LCC", "LCC"), 0)).toEqual([1, 0]);
    expect(order("hanging4", [{}, { side: "R", view: "CC" }, {}, {}], 0)).toEqual([1, 0, 2, 3]);
    expect(order("hanging4", [{ side: "L" }, { view: "MLO" }], 0)).toEqual([null, 0, 1, null]);
  });
});

const picture = (...rows: number[][]): Picture => ({ pixels: Uint8Array.from(rows.flat()), width: rows[0]!.length, height: rows.length, bits: 8 });

test("the wall is where the breast is bright", () => {
  const left = picture([200, 90, 0, 0], [210, 80, 10, 0]);
  const right = picture([0, 0, 90, 200], [0, 10, 80, 210]);
  expect([wallOf(left), wallOf(right)]).toEqual(["left", "right"]);
  expect(mirrored(left, { anchor: "right", reversed: true })).toBe(true);
  expect(mirrored(right, { anchor: "right", reversed: true })).toBe(false);
  expect(mirrored(right, { anchor: "middle", reversed: false })).toBe(false);
});

// Digital mammography images, DICOM PS3.17 annex on Patient Orientation: L CC "A\R", R CC "P\L", L MLO "A\FR", R MLO "P\FL".
test.each([
  ["L", "CC", "left", { left: "P", right: "A", top: "L", bottom: "R" }],
  ["R", "CC", "right", { left: "A", right: "P", top: "R", bottom: "L" }],
  ["L", "MLO", "left", { left: "P", right: "A", top: "HL", bottom: "FR" }],
  ["R", "MLO", "right", { left: "A", right: "P", top: "HR", bottom: "FL" }],
  ["R", "CC", "left", { left: "P", right: "A", top: "R", bottom: "L" }],
] as const)("letters of %s %s with the wall at the %s", (side, view, wall, letters) => {
  expect(lettersOf({ side, view }, wall)).toEqual(letters);
});

test("no letters without side and view", () => {
  expect(lettersOf({ side: "L" }, "left")).toBeNull();
});
