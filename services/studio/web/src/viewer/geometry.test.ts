import { describe, expect, test } from "vitest";

import { type Hanging, lengthOf, panned, placed, toPlace, toPoint, UPRIGHT, zoomedAt } from "./geometry";
import type { Place } from "./types";

const PANE = { width: 600, height: 400 };
const IMAGE = { width: 100, height: 200 };
const FITTED = { zoom: 1, centre: [0.5, 0.5] as Place };
const RIGHT: Hanging = { anchor: "right", mirrored: true, reversed: true };

test("an image fits its pane, in the middle or at the edge that it hangs from", () => {
  expect(placed(PANE, IMAGE, FITTED, UPRIGHT)).toEqual({ left: 200, top: 0, width: 200, height: 400, mirrored: false });
  expect(placed(PANE, IMAGE, FITTED, { ...UPRIGHT, anchor: "left" }).left).toBe(0);
  expect(placed(PANE, IMAGE, FITTED, RIGHT).left).toBe(400);
});

test("an image may have a width of its own, whatever its pane", () => {
  expect(placed(PANE, IMAGE, FITTED, { ...UPRIGHT, width: 50 })).toEqual({ left: 275, top: 150, width: 50, height: 100, mirrored: false });
  expect(placed(PANE, IMAGE, { ...FITTED, zoom: 4 }, { ...UPRIGHT, width: 50 }).width).toBe(200);
  expect(placed(PANE, IMAGE, FITTED, { ...UPRIGHT, width: 300 })).toEqual(placed(PANE, IMAGE, FITTED, UPRIGHT)); // never cut
});

test("a preview lies where its full image does", () => {
  const look = { zoom: 3.3, centre: [0.3, 0.8] as Place };
  expect(placed(PANE, { width: 25, height: 50 }, look, RIGHT)).toEqual(placed(PANE, IMAGE, look, RIGHT));
});

describe.each([UPRIGHT, RIGHT, { anchor: "left", mirrored: false, reversed: false } as Hanging])("hanging %o", (hanging) => {
  const look = { zoom: 1.7, centre: [0.4, 0.55] as Place };

  test("places of the image and points of the pane are each other's inverse", () => {
    const placement = placed(PANE, IMAGE, look, hanging);
    const [x, y] = toPlace(placement, toPoint(placement, [0.2, 0.9]));
    expect(x).toBeCloseTo(0.2, 12);
    expect(y).toBeCloseTo(0.9, 12);
  });

  test("zoom keeps what lies under the pointer", () => {
    const at = [330, 170] as const;
    const before = toPlace(placed(PANE, IMAGE, look, hanging), at);
    const after = toPlace(placed(PANE, IMAGE, zoomedAt(look, 1.25, at, PANE, IMAGE, hanging), hanging), at);
    expect(after[0]).toBeCloseTo(before[0], 10);
    expect(after[1]).toBeCloseTo(before[1], 10);
  });

  test("the picture follows the finger", () => {
    const before = placed(PANE, IMAGE, look, hanging);
    const after = placed(PANE, IMAGE, panned(look, [13, -7], before, hanging), hanging);
    expect(after.left - before.left).toBeCloseTo(13, 10);
    expect(after.top - before.top).toBeCloseTo(-7, 10);
  });
});

test("back to back, both walls stay together while one is panned", () => {
  const pane = { width: 300, height: 400 };
  const left: Hanging = { anchor: "left", mirrored: false, reversed: false };
  const look = panned({ zoom: 2, centre: [0.5, 0.5] as Place }, [40, 0], placed(pane, IMAGE, { ...FITTED, zoom: 2 }, left), left);
  const [wallOfLeft, wallOfRight] = [placed(pane, IMAGE, look, left), placed(pane, IMAGE, look, RIGHT)];
  expect(wallOfLeft.left).toBeCloseTo(40);
  expect(pane.width - (wallOfRight.left + wallOfRight.width)).toBeCloseTo(40);
});

test("zoom and pan have ends", () => {
  expect(zoomedAt(FITTED, 1e6, [0, 0], PANE, IMAGE, UPRIGHT).zoom).toBe(32);
  expect(zoomedAt(FITTED, 1e-6, [0, 0], PANE, IMAGE, UPRIGHT).zoom).toBe(0.5);
  expect(panned(FITTED, [1e9, -1e9], placed(PANE, IMAGE, FITTED, UPRIGHT), UPRIGHT).centre).toEqual([0, 1]);
});

test("a ruler tells pixels of the image, and millimetres only where they are known", () => {
  expect(lengthOf([0, 0], [0.3, 0.2], IMAGE)).toEqual({ pixels: 50 });
  expect(lengthOf([0, 0], [0.3, 0.2], IMAGE, 0.07).millimetres).toBeCloseTo(3.5);
});
