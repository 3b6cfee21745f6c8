// Style transfers of a recipe. Pure; every function gives a new recipe or transfer.

import { clone, create } from "@bufbuild/protobuf";

import { Locality, RegionSchema, StyleTransferSchema, type Recipe, type Region, type StyleTransfer } from "../protos/mammoganesis/v1/latents_pb";
import type { RegionSummary } from "../protos/mammoganesis/v1/style_transfer_pb";
import { withTransfers } from "./recipe";

export const isMasked = (transfer: StyleTransfer) => transfer.locality === Locality.MASKED;

export function changedTransfer(transfer: StyleTransfer, change: (copy: StyleTransfer) => void): StyleTransfer {
  const copy = clone(StyleTransferSchema, transfer);
  change(copy);
  return copy;
}

// At a place of the list, or (null) after all others.
export function withTransferAt(recipe: Recipe, position: number | null, transfer: StyleTransfer): Recipe {
  if (position === null) return withTransfers(recipe, [...recipe.styleTransfers, transfer]);
  return withTransfers(recipe, recipe.styleTransfers.map((one, place) => (place === position ? transfer : one)));
}

export const withoutTransfer = (recipe: Recipe, position: number): Recipe =>
  withTransfers(recipe, recipe.styleTransfers.filter((_, place) => place !== position));

// What a transfer acts on: the image with the transfers before it.
export const targetOf = (recipe: Recipe, position: number | null): Recipe =>
  position === null ? recipe : withTransfers(recipe, recipe.styleTransfers.slice(0, position));

export const regionOf = (index: number): Region => create(RegionSchema, { region: { case: "index", value: index } });

// Indices of regions, those by a name found in the catalogue.
export function indicesOf(regions: readonly Region[], catalogue: readonly RegionSummary[]): number[] {
  return regions.flatMap(({ region }) => {
    if (region.case === "index") return [region.value];
    const found = catalogue.find(({ name, labelledNames }) => name === region.value || labelledNames.some((one) => one.name === region.value));
    return found ? [found.index] : [];
  });
}

export const toggled = (indices: readonly number[], index: number): number[] =>
  indices.includes(index) ? indices.filter((one) => one !== index) : [...indices, index];

// Whether one more masked transfer fits into an image; `sets` of styles there may be, its own included.
export const takesMasked = (recipe: Recipe, sets: number) => recipe.styleTransfers.filter(isMasked).length < sets - 1;
