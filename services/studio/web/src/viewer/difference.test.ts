import { expect, test } from "vitest";

import { colourOf, coloured, differenceOf, scaleOf, shareOfChange } from "./difference";
import type { Picture } from "./types";

const eight = (...pixels: number[]): Picture => ({ pixels: Uint8Array.from(pixels), width: pixels.length, height: 1, bits: 8 });
const sixteen = (...pixels: number[]): Picture => ({ pixels: Uint16Array.from(pixels), width: pixels.length, height: 1, bits: 16 });

test("the difference is first minus second, whatever their bits", () => {
  const { values } = differenceOf(eight(0, 255, 51, 100), sixteen(65535, 0, 51 * 257, 100 * 257));
  expect([...values]).toEqual([-1, 1, 0, 0]);
});

test("a preview is drawn as large as the full image, linearly between pixels", () => {
  // As numpy.interp(numpy.arange(4) * 0.5 - 0.25, [0, 1], [0, 200]) gives it.
  const { values, width } = differenceOf(eight(0, 0, 0, 0), eight(0, 200));
  expect(width).toBe(4);
  [0, 50, 150, 200].forEach((value, pixel) => expect(values[pixel]).toBeCloseTo(-value / 255, 6));
});

test("the scale is a round number that holds nearly all", () => {
  expect(scaleOf(new Float32Array(16))).toBe(0.01);
  expect(scaleOf(Float32Array.of(0, -0.06, 0.03))).toBe(0.1);
  const lone = new Float32Array(10000).fill(0.015);
  lone[0] = 0.9;
  expect(scaleOf(lone)).toBe(0.02);
});

test("colours are as bright below zero as above, darkest at zero, and go on to the ends", () => {
  const light = (value: number) => colourOf(value).reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index]!, 0);
  for (let value = 0.1; value <= 1; value += 0.1) {
    expect(light(value)).toBeGreaterThan(light(value - 0.1));
    expect(Math.abs(light(value) - light(-value))).toBeLessThan(12);
  }
  expect(colourOf(-7)).toEqual(colourOf(-1));
  expect(colourOf(0)).toEqual([18, 19, 22]);
  const [red, , blue] = colourOf(-0.5);
  expect(blue).toBeGreaterThan(red);
});

test("each pixel has its colour and none shines through", () => {
  const map = coloured(differenceOf(eight(10, 10, 10), eight(10, 60, 0)));
  expect([...map.slice(0, 4)]).toEqual([18, 19, 22, 255]);
  expect(map.length).toBe(12);
  expect(shareOfChange(differenceOf(eight(10, 10, 10, 10), eight(10, 60, 0, 10)))).toBe(0.5);
});
