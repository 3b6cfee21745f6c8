import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { EditMode } from "../../protos/mammoganesis/v1/latents_pb";
import { ReachEvidenceSchema } from "../../protos/mammoganesis/v1/model_pb";
import { DirectionSchema } from "../../protos/mammoganesis/v1/pca_editing_pb";
import { recipeOfSeed, withEdit } from "../../state/recipe";
import { alongWith, effectsText, unlikeText } from "./effects";
import { isBeyond, NOWHERE, usefulOf } from "./reach";
import { sweepOf } from "./sweep";

const effect = (attribute: string, atStart: number, atEnd: number) => ({ attribute, atStart, atEnd, numSeeds: 100 });
const texture = create(DirectionSchema, {
  name: "texture", index: 6, sigmasStart: -6, sigmasEnd: 6, evidence: { attribute: "texture" },
  sideEffects: [effect("texture", -1.46, 1.43), effect("breast_area", 0.03, -0.07), effect("dense_share", 0.18, -0.16), effect("dense_spread", -0.2, 0.13), effect("grain_size", 0.02, 0.5)],
});

describe("what else a direction moves", () => {
  it("is said for the side on which the slider stands, the strongest first, its own attribute and what is hardly there left out", () => {
    expect(alongWith(texture, -1).map(({ attribute }) => attribute)).toEqual(["dense_spread", "dense_share"]);
    expect(effectsText(texture, -1)).toBe("At \u22126.0 SD also: dense tissue more gathered (\u22120.2 SD), denser (+0.2 SD)");
    expect(effectsText(texture, 0)).toBe("At +6.0 SD also: more grain size (+0.5 SD), less dense (\u22120.2 SD), dense tissue more scattered (+0.1 SD)");
  });

  it("is nothing where nothing moves, and not said where nothing was measured", () => {
    expect(effectsText(create(DirectionSchema, { ...texture, sideEffects: texture.sideEffects.slice(0, 2) }), 1)).toBe("Nothing else that was measured moves by 0.1 SD or more.");
    expect(effectsText(create(DirectionSchema, { ...texture, sideEffects: [] }), 1)).toBe("");
  });
});

describe("the room along a slider", () => {
  it("is what the services say, moved by what directions do already", () => {
    expect(usefulOf({ sigmasStart: -2, sigmasEnd: 1 }, 0.5)).toEqual({ from: -1.5, to: 1.5 });
    expect(usefulOf({}, 0.5)).toBe(NOWHERE);
    expect(usefulOf(undefined)).toBeUndefined();
  });

  it("ends exactly where it says", () => {
    const useful = { from: -2, to: 1.2 };
    expect([1.2, 1.3, -2, -2.1].map((sigmas) => isBeyond(sigmas, useful))).toEqual([false, true, false, true]);
    expect([isBeyond(0, NOWHERE), isBeyond(99, undefined)]).toEqual([true, false]);
  });
});

it("a strip runs along an axis that the image is not moved along, with the edit's own layers", () => {
  const axis = { case: "name", value: "texture" } as const;
  const moved = withEdit(withEdit(recipeOfSeed(5), { case: "index", value: 2 }, { sigmas: 1 }), axis, { sigmas: 2, mode: EditMode.ABSOLUTE, layers: [2, 4] });
  const swept = sweepOf(moved, axis);
  expect(swept.recipe.componentEdits.map(({ component }) => component.value)).toEqual([2]);
  expect(swept.edit).toMatchObject({ component: axis, sigmas: 0, mode: EditMode.ABSOLUTE, layerStart: 2, layerEnd: 4 });
});

describe("how often edited images look unlike real ones", () => {
  it("is said as the bundle measured it, and not said where it did not", () => {
    const found = create(ReachEvidenceSchema, { imagesWithin: 3000, unlikeWithin: 180, imagesBeyond: 600, unlikeBeyond: 168 });
    expect(unlikeText(found)).toBe("Measured on 3,600 edited images of this model: beyond, 28% look unlike real ones; within, 6%.");
    expect(unlikeText(undefined)).toBe("");
    expect(unlikeText(create(ReachEvidenceSchema, { imagesWithin: 9 }))).toBe("");
  });
});
