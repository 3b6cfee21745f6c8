import { expect, it } from "vitest";

import { recipeOfSeed, sameRecipe, withEdit } from "./recipe";
import { beforeAndAfter, seriesOf } from "./series";

it("puts the image before its edits beside it", () => {
  const plain = recipeOfSeed(5, { view: "CC" });
  expect(beforeAndAfter("a", plain, ["before", "after"])).toBeNull();
  const edited = withEdit(plain, { case: "name", value: "size" }, { sigmas: 1 });
  const series = beforeAndAfter("a", edited, ["before", "after"]);
  expect(series?.recipes.map((recipe) => sameRecipe(recipe, plain))).toEqual([true, false]);
  expect(series?.labels).toEqual(["before", "after"]);
});

it("takes the last of too many, and no text that is too long", () => {
  const series = seriesOf("x".repeat(300), Array.from({ length: 100 }, (_, seed) => ({ recipe: recipeOfSeed(seed), label: "y".repeat(300) })));
  expect([series.recipes.length, series.labels.length, series.title.length, series.labels[0]?.length]).toEqual([64, 64, 200, 200]);
  expect(series.recipes[0]?.origin.value).toBe(36n);
});
