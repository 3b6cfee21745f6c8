import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { Locality, MaskSchema, NoiseMode, NoiseSchema, StyleTransferSchema, type StyleTransfer } from "../../protos/mammoganesis/v1/latents_pb";
import { recipeOfSeed, withEdit, withNoise, withSeed, withTransfers } from "../../state/recipe";
import { regionOf, withoutTransfer } from "../../state/transfers";
import { outdated } from "./following";

const masked = (byte: number, regions: number[], reference = 9): StyleTransfer =>
  create(StyleTransferSchema, {
    reference: recipeOfSeed(reference),
    regions: regions.map(regionOf),
    locality: Locality.MASKED,
    mask: create(MaskSchema, { deflated: Uint8Array.of(byte), size: 1 }),
  });
const channels = create(StyleTransferSchema, { reference: recipeOfSeed(9), regions: [regionOf(1)], locality: Locality.CHANNELS });

describe("masks made of regions", () => {
  const before = withTransfers(recipeOfSeed(5), [masked(1, [2]), masked(2, []), channels, masked(3, [4])]);

  it("are behind once the image is another one, those that were painted are not", () => {
    expect(outdated(before, withSeed(before, 6))).toEqual([0, 3]);
    expect(outdated(before, withEdit(before, { case: "index", value: 3 }, { sigmas: 1 }))).toEqual([0, 3]);
    expect(outdated(before, before)).toEqual([]);
    expect(outdated(before, withNoise(before, create(NoiseSchema, { mode: NoiseMode.NONE })))).toEqual([]);
  });

  it("are not where they were made for this very image", () => {
    expect(outdated(recipeOfSeed(5), withTransfers(recipeOfSeed(5), [masked(1, [2])]))).toEqual([]);
    expect(outdated(before, withTransfers(withSeed(before, 6), [masked(7, [2])]))).toEqual([]);
  });

  it("are behind when a transfer before them changes or goes, not when one after them does", () => {
    expect(outdated(before, withoutTransfer(before, 1))).toEqual([2]);
    expect(outdated(before, withoutTransfer(before, 3))).toEqual([]);
    const other = withTransfers(before, [masked(1, [2], 8), ...before.styleTransfers.slice(1)]);
    expect(outdated(before, other)).toEqual([3]);
  });
});
