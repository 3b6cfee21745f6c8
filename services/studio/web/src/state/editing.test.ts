import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { ComponentEditSchema, EditMode, InterpolationSchema, Locality, RecipeSchema, StyleTransferSchema, TruncationSchema } from "../protos/mammoganesis/v1/latents_pb";
import { RegionSummarySchema } from "../protos/mammoganesis/v1/style_transfer_pb";
import { mixed, mixingOf, unmixed, withPsiThroughout } from "./mixtures";
import { recipeOfSeed, sameRecipe, sampleOf, seedOf, withComponentEdits, withEdit, withPsi, withSample, withSeed, type Axis } from "./recipe";
import { rowMoved, rowSettled, rowsOf, strayRows } from "./rows";
import { indicesOf, regionOf, takesMasked, targetOf, toggled, withoutTransfer, withTransferAt } from "./transfers";

const third: Axis = { case: "index", value: 3 };
const edit = (sigmas: number, layerStart: number, layerEnd: number, mode = EditMode.RELATIVE) =>
  create(ComponentEditSchema, { component: third, sigmas, layerStart, layerEnd, mode });

describe("sliders of edits", () => {
  const two = withComponentEdits(recipeOfSeed(5), [edit(1, 0, 4), edit(-2, 4, 8)]);

  it("are one for every edit along an axis, and one at rest where there is none", () => {
    expect(rowsOf(two, third).map(({ position, edit }) => [position, edit?.sigmas])).toEqual([[0, 1], [1, -2]]);
    expect(rowsOf(recipeOfSeed(5), third)).toEqual([{ axis: third, position: null, edit: null }]);
  });

  it("keep their places on the way through 0, and lose an edit that does nothing when they rest there", () => {
    const [first, second] = rowsOf(two, third);
    const atZero = rowMoved(two, first!, { sigmas: 0 });
    expect(atZero.componentEdits.map(({ sigmas }) => sigmas)).toEqual([0, -2]);
    expect(rowMoved(atZero, second!, { sigmas: -3 }).componentEdits.map(({ sigmas }) => sigmas)).toEqual([0, -3]);
    expect(rowSettled(two, first!, { sigmas: 0 }).componentEdits.map(({ sigmas }) => sigmas)).toEqual([-2]);
    expect(rowSettled(two, first!, { sigmas: 0, mode: EditMode.ABSOLUTE }).componentEdits).toHaveLength(2);
  });

  it("begin an edit once", () => {
    const [row] = rowsOf(recipeOfSeed(5), third);
    const begun = rowMoved(recipeOfSeed(5), row!, { sigmas: 1 });
    const [again] = rowsOf(begun, third);
    const settled = rowSettled(begun, again!, { sigmas: 2, layers: [2, 6] });
    expect(settled.componentEdits.map(({ sigmas, layerStart, layerEnd }) => [sigmas, layerStart, layerEnd])).toEqual([[2, 2, 6]]);
  });

  it("are there for edits that no axis of the model has", () => {
    const foreign = withEdit(two, { case: "name", value: "of-another-bundle" }, { sigmas: 1 });
    expect(strayRows(foreign, [third]).map(({ position }) => position)).toEqual([2]);
    expect(strayRows(two, [third])).toEqual([]);
  });
});

describe("a mixture", () => {
  const edited = withEdit(withPsi(recipeOfSeed(5, { view: "MLO" }), 0.8), third, { sigmas: 2 });
  const style = recipeOfSeed(9, { view: "CC" });
  const mixture = mixed(edited, style, [2, 6]);

  it("is a recipe that the services take: no labels and no truncation of its own", () => {
    expect([mixture.labels, mixture.truncation]).toEqual([{}, undefined]);
    expect(mixingOf(mixture)).toMatchObject({ layerStart: 2, layerEnd: 6 });
    expect(sameRecipe(mixingOf(mixture)!.base!, withPsi(recipeOfSeed(5, { view: "MLO" }), 0.8))).toBe(true);
    expect(mixture.componentEdits).toEqual(edited.componentEdits);
  });

  it("changes its layers and its style in place, and ends where it began", () => {
    const other = mixed(mixture, recipeOfSeed(11), [0, 1]);
    expect(seedOf(sampleOf(other)!)).toBe(5);
    expect(seedOf(mixingOf(other)!.style!)).toBe(11);
    expect(sameRecipe(unmixed(other), edited)).toBe(true);
  });

  it("has seed and truncation of what it is made of", () => {
    expect(seedOf(sampleOf(withSample(mixture, (one) => withSeed(one, 6)))!)).toBe(6);
    const psi = withPsiThroughout(mixture, 0.3);
    expect([mixingOf(psi)!.base!.truncation?.psi, mixingOf(psi)!.style!.truncation?.psi, psi.truncation]).toEqual([0.3, 0.3, undefined]);
    expect(mixingOf(withPsiThroughout(psi, undefined))!.base!.truncation).toBeUndefined();
  });

  it("takes no transfers with its style", () => {
    const styled = create(RecipeSchema, { ...style, styleTransfers: [create(StyleTransferSchema, { regions: [regionOf(1)] })] });
    expect(mixingOf(mixed(edited, styled, [0, 1]))!.style!.styleTransfers).toEqual([]);
  });
});

it("an image between two others has no sample to set, one with a cut-off keeps it", () => {
  const between = create(RecipeSchema, { origin: { case: "interpolation", value: create(InterpolationSchema, { start: recipeOfSeed(1), end: recipeOfSeed(2) }) } });
  expect(sampleOf(between)).toBeNull();
  expect(sameRecipe(withPsiThroughout(between, 0.5), between)).toBe(true);
  const cut = create(RecipeSchema, { ...recipeOfSeed(1), truncation: create(TruncationSchema, { psi: 0.5, cutoff: 4 }) });
  expect(withPsiThroughout(cut, 0.7).truncation).toMatchObject({ psi: 0.7, cutoff: 4 });
});

describe("transfers", () => {
  const of = (seed: number, locality = Locality.CHANNELS) => create(StyleTransferSchema, { reference: recipeOfSeed(seed), regions: [regionOf(1)], locality });
  const two = withTransferAt(withTransferAt(recipeOfSeed(5), null, of(1)), null, of(2, Locality.MASKED));
  const seeds = (recipe: typeof two) => recipe.styleTransfers.map(({ reference }) => Number(reference?.origin.value));

  it("are appended only where no place is said", () => {
    expect(seeds(two)).toEqual([1, 2]);
    expect(seeds(withTransferAt(two, 0, of(7)))).toEqual([7, 2]);
    expect(seeds(withoutTransfer(two, 0))).toEqual([2]);
    expect(seeds(targetOf(two, 1))).toEqual([1]);
    expect(seeds(targetOf(two, null))).toEqual([1, 2]);
  });

  it("name regions by index or by any of their names", () => {
    const catalogue = [0, 1, 2].map((index) => create(RegionSummarySchema, { index, name: ["air", "middle", "edge"][index]!, labelledNames: index === 2 ? [{ field: "view", value: "MLO", name: "axilla" }] : [] }));
    const named = ["axilla", "middle", "nothing"].map((value) => ({ ...regionOf(0), region: { case: "name" as const, value } }));
    expect(indicesOf([regionOf(0), ...named], catalogue)).toEqual([0, 2, 1]);
    expect([toggled([1, 2], 1), toggled([2], 1)]).toEqual([[2], [2, 1]]);
  });

  it("within areas are one fewer than there are sets of styles", () => {
    expect([takesMasked(two, 3), takesMasked(two, 2), takesMasked(recipeOfSeed(1), 0), takesMasked(recipeOfSeed(1), 1)]).toEqual([true, false, false, false]);
  });
});
