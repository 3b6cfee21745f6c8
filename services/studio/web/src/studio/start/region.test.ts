import { expect, it } from "vitest";

import type { Picture } from "../../viewer/types";
import { exampleRegion, outlinesOfRegion, pathOf } from "./region";

const map: Picture = { width: 3, height: 2, bits: 8, pixels: Uint8Array.from([0, 0, 0, 2, 1, 1]) };
const region = (index: number, name = "", rejected = false) => ({ index, name, rejected });

it("shows the largest region that somebody has named", () => {
  expect(exampleRegion(map, [region(0, "air", true), region(1, "anterior"), region(2, "posterior"), region(3, "nowhere")])?.index).toBe(1);
  expect(exampleRegion(map, [region(0), region(1), region(2, "posterior")])?.index).toBe(2);
  expect(exampleRegion(map, [region(0, "", true), region(1), region(2)])?.index).toBe(1);
  expect(exampleRegion(map, [region(0, "air", true), region(3, "nowhere")])).toBeNull();
});

it("draws its outline around its pixels", () => {
  const [outline, ...others] = outlinesOfRegion(map, 1);
  expect(others).toEqual([]);
  const corners = outline!.map(([x, y]) => `${x.toFixed(3)} ${y.toFixed(3)}`).sort();
  expect(corners).toEqual(["0.333 0.500", "0.333 1.000", "1.000 0.500", "1.000 1.000"]);
  expect(pathOf([[[0, 0], [1, 0], [1, 0.5]]])).toBe("M0.0000 0.0000L1.0000 0.0000L1.0000 0.5000Z");
});
