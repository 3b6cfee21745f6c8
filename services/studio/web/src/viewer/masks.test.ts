import { expect, it } from "vitest";

import { inflatedMask, isEmpty, pngOfMask } from "./masks";
import { decodePicture } from "./picture";

const DEFLATED = Uint8Array.from([120, 156, 99, 248, 223, 192, 14, 0, 4, 8, 1, 135]); // zlib.compress(bytes([0, 255, 128, 7])) in Python
const mask = { values: Uint8Array.from([0, 255, 128, 7]), width: 2, height: 2 };

it("goes through a PNG file unchanged", () => {
  expect(decodePicture(pngOfMask(mask))).toEqual({ width: 2, height: 2, bits: 8, pixels: mask.values });
});

it("comes out of compressed bytes, if it is whole", async () => {
  expect(await inflatedMask(DEFLATED, 2)).toEqual(mask);
  await expect(inflatedMask(DEFLATED, 3)).rejects.toThrow("needed: 3 x 3");
  await expect(inflatedMask(Uint8Array.from([1, 2, 3]), 2)).rejects.toThrow();
});

it("is empty without a value above 0", () => {
  expect(isEmpty(mask)).toBe(false);
  expect(isEmpty({ ...mask, values: new Uint8Array(4) })).toBe(true);
});
