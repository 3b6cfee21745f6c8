import { expect, it } from "vitest";

import { shareOutside } from "./outside";
import type { Picture } from "./types";

const picture = (values: number[], width: number): Picture => ({ pixels: Uint8Array.from(values), width, height: values.length / width, bits: 8 });
const left = { values: Uint8Array.from([255, 0, 255, 0]), width: 2, height: 2 };

it("is the share of the squared difference where the mask is not", () => {
  const before = picture([0, 0, 0, 0], 2);
  // numpy: d = after / 255; (d[~mask] ** 2).sum() / (d ** 2).sum() = (30^2 + 10^2) / (60^2 + 30^2 + 20^2 + 10^2) = 1000 / 5000
  expect(shareOutside(before, picture([60, 30, 20, 10], 2), left)).toBeCloseTo(0.2, 6);
  expect(shareOutside(before, picture([60, 0, 20, 0], 2), left)).toBe(0);
  expect(shareOutside(before, picture([0, 5, 0, 0], 2), left)).toBe(1);
});

it("is not there where nothing differs", () => {
  const same = picture([1, 2, 3, 4], 2);
  expect(shareOutside(same, same, left)).toBeNull();
});

it("takes a mask of another size, and a soft edge as inside from the middle up", () => {
  const before = picture(Array(16).fill(0), 4);
  const after = picture([9, 9, 9, 9, ...Array(12).fill(0)], 4);
  expect(shareOutside(before, after, left)).toBeCloseTo(0.5, 6);
  expect(shareOutside(before, after, { ...left, values: Uint8Array.from([128, 127, 0, 0]) })).toBeCloseTo(0.5, 6);
});
