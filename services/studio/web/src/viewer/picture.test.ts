import { encode } from "fast-png";
import { expect, test } from "vitest";

import { decodePicture } from "./picture";

test.each([
  [8, Uint8Array.of(0, 127, 128, 255, 7, 9)],
  [16, Uint16Array.of(0, 255, 256, 65535, 40000, 1)],
] as const)("a PNG file of %d bits gives its values", (depth, data) => {
  const png = encode({ width: 3, height: 2, data, depth, channels: 1 });
  expect(decodePicture(png)).toEqual({ width: 3, height: 2, bits: depth, pixels: data });
});

test("colour becomes luminance, and a second channel is left out", () => {
  const data = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 90, 90, 90);
  expect([...decodePicture(encode({ width: 4, height: 1, data, depth: 8, channels: 3 })).pixels]).toEqual([54, 182, 18, 90]);
  const alpha = Uint8Array.of(5, 255, 6, 0);
  expect([...decodePicture(encode({ width: 2, height: 1, data: alpha, depth: 8, channels: 2 })).pixels]).toEqual([5, 6]);
});

test("what is no PNG file is refused", () => {
  expect(() => decodePicture(Uint8Array.of(1, 2, 3))).toThrow();
});
