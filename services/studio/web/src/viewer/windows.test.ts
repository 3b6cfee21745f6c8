import { expect, test } from "vitest";

import type { Picture } from "./types";
import { NARROWEST, presetsOf, windowed } from "./windows";

const PANE = { width: 400, height: 200 };

test("drag to the right widens, drag down raises the level", () => {
  const { low, high } = windowed({ low: 0.4, high: 0.6 }, [40, 20], PANE);
  expect(low).toBeCloseTo(0.45);
  expect(high).toBeCloseTo(0.75);
});

test("a window stays within the range and never closes", () => {
  const narrow = windowed({ low: 0.4, high: 0.6 }, [-4000, -4000], PANE);
  expect(narrow.low).toBe(0);
  expect(narrow.high).toBeCloseTo(NARROWEST);
  expect(windowed({ low: 0.4, high: 0.6 }, [4000, 4000], PANE)).toEqual({ low: 0, high: 1 });
});

// Half air, then 0.2 to 0.8 of the range evenly.
function breast(bits: 8 | 16): Picture {
  const range = 2 ** bits - 1;
  const pixels = new (bits === 8 ? Uint8Array : Uint16Array)(20000);
  for (let index = 10000; index < 20000; index++) pixels[index] = Math.round((0.2 + 0.6 * ((index - 10000) / 9999)) * range);
  return { pixels, width: 200, height: 100, bits };
}

test.each([8, 16] as const)("presets of %d bits follow the breast and leave the air out", (bits) => {
  const presets = presetsOf(breast(bits));
  expect(presets.full).toEqual({ low: 0, high: 1 });
  expect(presets.breast.low).toBeCloseTo(0.206, 2);
  expect(presets.breast.high).toBeCloseTo(0.797, 2);
  expect(presets.dense.low).toBeCloseTo(0.5, 2);
  expect(presets.skin.high).toBeCloseTo(0.38, 2);
});

test.each([0, 255])("a picture of nothing but %d has presets that are windows", (value) => {
  const presets = presetsOf({ pixels: new Uint8Array(64).fill(value), width: 8, height: 8, bits: 8 });
  for (const { low, high } of Object.values(presets)) expect(high).toBeGreaterThan(low);
});
