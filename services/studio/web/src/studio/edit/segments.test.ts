import { expect, it } from "vitest";

import { recipeOfSeed, withLabel, withPsi } from "../../state/recipe";
import { coloursOf, labelMapOf, regionAt, subjectOf } from "./segments";

it("draws each region that is there, and finds the one at a place", () => {
  const map = labelMapOf({ width: 2, height: 2 }, Uint8Array.from([3, 3, 3, 7]));
  expect([...map.outlines.keys()]).toEqual([3, 7]);
  expect(map.outlines.get(7)).toEqual([[[0.5, 0.5], [1, 0.5], [1, 1], [0.5, 1]]]);
  expect([regionAt(map, [0.9, 0.9]), regionAt(map, [1, 1]), regionAt(map, [0.9, 0.2])]).toEqual([7, 7, 3]);
});

it("shows two regions that are black in the catalogue in two colours that are seen", () => {
  const colours = coloursOf([
    { index: 0, colour: "#000000" },
    { index: 3, colour: "#e69f00" },
    { index: 7, colour: "#000000" },
  ]);
  expect(colours.get(3)).toBe("#e69f00");
  expect(new Set([...colours.values(), "#000000"]).size).toBe(4);
});

it("knows a breast and its view again, however it is edited", () => {
  const image = recipeOfSeed(7, { view: "CC" });
  expect(subjectOf(withPsi(image, 0.3))).toBe(subjectOf(image));
  expect(new Set([image, recipeOfSeed(8, { view: "CC" }), withLabel(image, "view", "MLO"), withLabel(image, "view", "")].map(subjectOf)).size).toBe(4);
});
