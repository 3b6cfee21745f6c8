import { encode } from "fast-png";
import { expect, test } from "vitest";

import { asShown, decodePicture } from "./picture";

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

test("a picture is shown mirrored, and its mark is read from left to right either way", () => {
  const written = { width: 4, height: 2, bits: 8, pixels: Uint8Array.of(65, 66, 3, 4, 5, 6, 7, 8) } as const;
  const box = { left: 0, top: 0, width: 2, height: 1 };
  const pixels = (mirrored: boolean, mark?: boolean) => [...asShown(mark === undefined ? written : { ...written, mark: { ...box, mirrored: mark } }, mirrored).pixels];
  expect(pixels(false)).toEqual([...written.pixels]);
  expect(pixels(true)).toEqual([4, 3, 66, 65, 8, 7, 6, 5]);
  expect(pixels(false, false)).toEqual([...written.pixels]);
  expect(pixels(true, false)).toEqual([4, 3, 65, 66, 8, 7, 6, 5]);
  expect(pixels(false, true)).toEqual([66, 65, 3, 4, 5, 6, 7, 8]);
  expect(pixels(true, true)).toEqual([4, 3, 66, 65, 8, 7, 6, 5]);
  expect([...written.pixels]).toEqual([65, 66, 3, 4, 5, 6, 7, 8]);
});
