// Mixtures: some layers of an image come from another one. Pure; every function gives a new recipe.

import { clone, create } from "@bufbuild/protobuf";

import { MixingSchema, RecipeSchema, type Mixing, type Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { isPlain, withPsi, withTransfers } from "./recipe";

export const mixingOf = (recipe: Recipe): Mixing | null => (recipe.origin.case === "mixing" ? recipe.origin.value : null);

// Layers [from, to) come from `style`, without its transfers: they are no point in W. What was done to the image stays done to the mixture.
export function mixed(recipe: Recipe, style: Recipe, [from, to]: [number, number]): Recipe {
  const copy = clone(RecipeSchema, recipe);
  const base = mixingOf(copy)?.base ?? create(RecipeSchema, { origin: copy.origin, labels: copy.labels, ...(copy.truncation ? { truncation: copy.truncation } : {}) });
  copy.origin = { case: "mixing", value: create(MixingSchema, { base, style: withTransfers(style, []), layerStart: from, layerEnd: to }) };
  copy.labels = {};
  delete copy.truncation;
  return copy;
}

// The image before it was mixed, with all else that was done to it.
export function unmixed(recipe: Recipe): Recipe {
  const copy = clone(RecipeSchema, recipe);
  const base = mixingOf(copy)?.base;
  if (!base) return copy;
  copy.origin = base.origin;
  copy.labels = base.labels;
  copy.componentEdits = [...base.componentEdits, ...copy.componentEdits];
  if (base.truncation) copy.truncation = base.truncation;
  if (!copy.noise && base.noise) copy.noise = base.noise;
  return copy;
}

// The image without noise that is named: each has its own again. Of a mixture that is its base's.
export function withOwnNoise(recipe: Recipe): Recipe {
  const copy = clone(RecipeSchema, recipe);
  delete copy.noise;
  if (copy.origin.case === "mixing" && copy.origin.value.base) copy.origin.value.base = withOwnNoise(copy.origin.value.base);
  return copy;
}

// The truncation of an image, of both of a mixture's.
export function withPsiThroughout(recipe: Recipe, psi: number | undefined): Recipe {
  const copy = clone(RecipeSchema, recipe);
  if (copy.origin.case !== "mixing") return isPlain(copy) ? withPsi(copy, psi) : copy;
  const { base, style } = copy.origin.value;
  if (base) copy.origin.value.base = withPsiThroughout(base, psi);
  if (style) copy.origin.value.style = withPsiThroughout(style, psi);
  return copy;
}
