import { encode } from "fast-png";
import { expect, test } from "vitest";

import { addressOf, firstState, textOf } from "../state/address";
import { recipeOfSeed, sameRecipe, seedOf } from "../state/recipe";
import { recipeOfFile, recipeOfWords } from "./opened";

const RECIPE = '{"seed":7,"truncation":{"psi":0.65},"component_edits":[{"index":2,"sigmas":1.5}]}';

// A PNG file with a text after its header, as mammoganesis/pictures/png.py writes one.
function withText(keyword: string, text: string): Blob {
  const png = encode({ width: 1, height: 1, data: Uint8Array.of(5), depth: 8, channels: 1 });
  const content = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${text}`);
  const chunk = new Uint8Array(content.length + 8);
  new DataView(chunk.buffer).setUint32(0, content.length - 4);
  chunk.set(content, 4);
  return new Blob([png.slice(0, 33), chunk, png.slice(33)]);
}

test("a PNG file of ours gives its recipe", async () => {
  const recipe = await recipeOfFile(withText("mammoganesis:recipe", RECIPE));
  expect(recipe && [seedOf(recipe), recipe.truncation?.psi, recipe.componentEdits[0]?.sigmas]).toEqual([7, 0.65, 1.5]);
});

test.each([
  ["another picture", withText("Comment", RECIPE)],
  ["a recipe that is broken", withText("mammoganesis:recipe", "{")],
  ["a picture that is cut off", withText("mammoganesis:recipe", RECIPE).slice(0, 20)],
  ["a text", new Blob(["a text"])],
  ["nothing", new Blob([])],
])("%s gives none", async (_, file) => {
  expect(await recipeOfFile(file)).toBeNull();
});

test.each([
  ["a recipe", RECIPE],
  ["a file that names it", `{"recipe": ${RECIPE}, "other": 1}`],
  ["a link", `https://example.org/studio/${addressOf(firstState(recipeOfSeed(7)))}`],
  ["a link by hand", " http://localhost:8000/#seed=7 "],
  ["what a link holds", textOf(recipeOfSeed(7))],
])("%s is read", (_, words) => {
  const recipe = recipeOfWords(words);
  expect(recipe && seedOf(recipe)).toBe(7);
});

test("a link keeps its labels", () => {
  const recipe = recipeOfSeed(7, { view: "MLO" });
  expect(sameRecipe(recipeOfWords(addressOf(firstState(recipe))) ?? recipeOfSeed(0), recipe)).toBe(true);
});

test.each(["", "{}", '{"seed": "x"}', '{"seed": 7, "unknown": 1}', "[1]", "#", "#screen=edit", "#seed=-1", "#recipe=AAAA", "seed 7"])("%s is no recipe", (words) => {
  expect(recipeOfWords(words)).toBeNull();
});
