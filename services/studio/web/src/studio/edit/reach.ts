// How far the edits may still go, asked before an image is drawn: as soon as a control moves.

import { effect, untracked } from "@preact/signals";

import type { CheckReachResponse } from "../../protos/mammoganesis/v1/pca_editing_pb";
import type { Range } from "../../parts/slider";
import type { Recipe } from "../../protos/mammoganesis/v1/latents_pb";
import { pcaEditingService } from "../../rpc/clients";
import { textOf } from "../../state/address";
import { latentOf, withNoise, withTransfers } from "../../state/recipe";
import { components, generation, served } from "../../state/served";
import { recipe, state } from "../../state/store";
import { createAsked } from "./asked";

export const reach = createAsked<CheckReachResponse>();

// Neither transfers nor noise move an image in W.
const inW = (whole: Recipe) => withNoise(withTransfers(whole, []), undefined);

effect(() => {
  void generation.value;
  const bare = state.value.screen === "edit" && components.value.length > 0 ? inW(recipe.value) : null;
  const digest = served.value?.model.bundleDigest ?? "";
  untracked(() => reach.want(bare && `${digest} ${textOf(bare)}`, (signal) => pcaEditingService.checkReach({ latent: latentOf(bare ?? recipe.value) }, { signal })));
});

interface Room {
  sigmasStart?: number | undefined;
  sigmasEnd?: number | undefined;
}

// Nowhere: no value lies between the two.
export const NOWHERE: Range = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };

// The displacements that keep an image within what the model has learnt, all other edits held, `by` added to them; undefined where they are not known.
export function usefulOf(room: Room | undefined, by = 0): Range | undefined {
  if (!room) return undefined;
  const { sigmasStart, sigmasEnd } = room;
  return sigmasStart === undefined || sigmasEnd === undefined ? NOWHERE : { from: sigmasStart + by, to: sigmasEnd + by };
}

// Whether a displacement lies outside, but for rounding.
export const isBeyond = (sigmas: number, useful: Range | undefined) =>
  useful !== undefined && !(sigmas >= useful.from - 1e-9 && sigmas <= useful.to + 1e-9);

export const directionRoom = (name: string) => reach.answer.value?.is.directions.find((room) => room.name === name);
export const componentRoom = (index: number) => reach.answer.value?.is.components.find((room) => room.index === index);
