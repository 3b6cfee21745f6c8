// The recipe that the page edits: what a person set, not yet completed by the server. Pure functions; every one gives a new recipe.

import { create, clone, equals } from "@bufbuild/protobuf";

import {
  ComponentEditSchema,
  EditMode,
  LatentSchema,
  RecipeSchema,
  TruncationSchema,
  type ComponentEdit,
  type Latent,
  type Noise,
  type Recipe,
  type StyleTransfer,
} from "../protos/mammoganesis/v1/latents_pb";

export const recipeOfSeed = (seed: number, labels: Record<string, string> = {}, psi?: number): Recipe =>
  create(RecipeSchema, {
    origin: { case: "seed", value: BigInt(seed) },
    labels,
    ...(psi === undefined ? {} : { truncation: create(TruncationSchema, { psi }) }),
  });

export const latentOf = (recipe: Recipe): Latent => create(LatentSchema, { kind: { case: "recipe", value: recipe } });

export const sameRecipe = (a: Recipe, b: Recipe) => equals(RecipeSchema, a, b);

// A copy with changes. Parts are shared: whoever changes a part copies it first.
function changed(recipe: Recipe, change: (copy: Recipe) => void): Recipe {
  const copy = clone(RecipeSchema, recipe);
  change(copy);
  return copy;
}

// The seed of an image that comes from one; null for codes, interpolations and mixtures.
export function seedOf(recipe: Recipe): number | null {
  return recipe.origin.case === "seed" ? Number(recipe.origin.value) : null;
}

export const psiOf = (recipe: Recipe, otherwise: number) => recipe.truncation?.psi ?? otherwise;

// Interpolations and mixtures take no truncation and no labels of their own: those of their parts hold.
export const isPlain = (recipe: Recipe) => recipe.origin.case === "seed" || recipe.origin.case === "code";

// Another seed with everything else kept; a recipe without a seed begins anew from it, its edits kept.
export function withSeed(recipe: Recipe, seed: number): Recipe {
  return changed(recipe, (copy) => {
    copy.origin = { case: "seed", value: BigInt(seed) };
  });
}

// The recipe that has the seed, labels and truncation of an image: itself, or what a mixture begins with. null where there is none to be set.
export function sampleOf(recipe: Recipe): Recipe | null {
  if (recipe.origin.case === "mixing") return recipe.origin.value.base ? sampleOf(recipe.origin.value.base) : null;
  return isPlain(recipe) ? recipe : null;
}

// A recipe whose `sampleOf` is changed.
export function withSample(recipe: Recipe, change: (sample: Recipe) => Recipe): Recipe {
  if (recipe.origin.case !== "mixing") return change(recipe);
  return changed(recipe, (copy) => {
    if (copy.origin.case === "mixing" && copy.origin.value.base) copy.origin.value.base = withSample(copy.origin.value.base, change);
  });
}

// A label, or its absence ("").
export function withLabel(recipe: Recipe, field: string, value: string): Recipe {
  return changed(recipe, (copy) => {
    if (value) copy.labels[field] = value;
    else delete copy.labels[field];
  });
}

// A truncation, or undefined for the default.
export function withPsi(recipe: Recipe, psi: number | undefined): Recipe {
  return changed(recipe, (copy) => {
    if (psi === undefined) delete copy.truncation;
    else copy.truncation = create(TruncationSchema, { ...(copy.truncation ?? {}), psi });
  });
}

// Noise, or undefined for the image's own.
export function withNoise(recipe: Recipe, noise: Noise | undefined): Recipe {
  return changed(recipe, (copy) => {
    if (noise) copy.noise = noise;
    else delete copy.noise;
  });
}

export function withTransfers(recipe: Recipe, transfers: StyleTransfer[]): Recipe {
  return changed(recipe, (copy) => {
    copy.styleTransfers = transfers;
  });
}

// What a slider stands for: one direction, or one component on one range of layers, relative or absolute.
export type Axis = { case: "name"; value: string } | { case: "index"; value: number };

export const isOf = (edit: ComponentEdit, axis: Axis) => edit.component.case === axis.case && edit.component.value === axis.value;

// The edit along an axis, if there is one. `isOwn` picks among several of one component (other layers, other modes).
export const editOf = (recipe: Recipe, axis: Axis): ComponentEdit | undefined => recipe.componentEdits.find((edit) => isOf(edit, axis));

export interface EditChange {
  sigmas?: number;
  mode?: EditMode;
  layers?: [number, number];
}

function set(edit: ComponentEdit, { sigmas, mode, layers }: EditChange): void {
  if (sigmas !== undefined) edit.sigmas = sigmas;
  if (mode !== undefined) edit.mode = mode;
  if (layers) [edit.layerStart, edit.layerEnd] = layers;
}

const isIdle = (edit: ComponentEdit) => edit.sigmas === 0 && edit.mode !== EditMode.ABSOLUTE;

// The edit along an axis set anew; taken away where it does nothing. Others along the same axis stay as they are.
export function withEdit(recipe: Recipe, axis: Axis, change: EditChange): Recipe {
  return changed(recipe, (copy) => {
    const there = copy.componentEdits.find((edit) => isOf(edit, axis));
    const edit = there ?? create(ComponentEditSchema, { component: axis });
    set(edit, change);
    if (!there) copy.componentEdits.push(edit);
    if (isIdle(edit)) copy.componentEdits = copy.componentEdits.filter((other) => other !== edit);
  });
}

// The edit at a place of the list set anew; it stays where it does nothing, as a slider on its way through 0 does.
export function withEditAt(recipe: Recipe, position: number, change: EditChange): Recipe {
  return changed(recipe, (copy) => {
    const edit = copy.componentEdits[position];
    if (edit) set(edit, change);
  });
}

export const withoutIdleEdits = (recipe: Recipe) =>
  withComponentEdits(recipe, recipe.componentEdits.filter((edit) => !isIdle(edit)));

export function withComponentEdits(recipe: Recipe, edits: ComponentEdit[]): Recipe {
  return changed(recipe, (copy) => {
    copy.componentEdits = edits;
  });
}

export function withoutEdit(recipe: Recipe, position: number): Recipe {
  return changed(recipe, (copy) => {
    copy.componentEdits.splice(position, 1);
  });
}

// The image before all that was done to it: origin, labels, truncation and noise stay.
export function withoutEdits(recipe: Recipe): Recipe {
  return changed(recipe, (copy) => {
    copy.componentEdits = [];
    copy.styleTransfers = [];
    if (copy.origin.case === "mixing" && copy.origin.value.base) {
      const base = copy.origin.value.base;
      copy.origin = base.origin;
      copy.labels = base.labels;
      if (base.truncation) copy.truncation = base.truncation;
      if (!copy.noise && base.noise) copy.noise = base.noise;
    }
  });
}

export const isEdited = (recipe: Recipe) =>
  recipe.componentEdits.length > 0 || recipe.styleTransfers.length > 0 || recipe.origin.case === "mixing";

// "Remove all": the seed and the view stay, everything that was set goes back to its default.
export function startedAnew(recipe: Recipe): Recipe {
  const plain = withoutEdits(recipe);
  return changed(plain, (copy) => {
    delete copy.truncation;
    delete copy.noise;
  });
}
