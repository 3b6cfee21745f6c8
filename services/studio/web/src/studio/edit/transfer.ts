// The transfer under edit: which of the recipe's it is, or what the next one will be made of. What is on show is always in the recipe.

import { computed, signal } from "@preact/signals";

import { Locality, type Recipe, type StyleTransfer } from "../../protos/mammoganesis/v1/latents_pb";
import { recipeOfSeed } from "../../state/recipe";
import { editing, served } from "../../state/served";
import { recipe } from "../../state/store";
import { isMasked, takesMasked, targetOf } from "../../state/transfers";
import { counted, t } from "../../texts/texts";

export const chosen = signal<number | "last" | "next">("last");
export const draft = signal<{ reference: Recipe | null; locality: Locality | null }>({ reference: null, locality: null });
export const awaited = signal<readonly number[] | null>(null); // regions whose mask is on its way

// Its place in the recipe; null: the next one.
export const position = computed<number | null>(() => {
  const { length } = recipe.value.styleTransfers;
  if (chosen.value === "next" || length === 0) return null;
  return chosen.value === "last" || chosen.value >= length ? length - 1 : chosen.value;
});

export const transfer = computed<StyleTransfer | null>(() => (position.value === null ? null : (recipe.value.styleTransfers[position.value] ?? null)));

export const sets = computed(() => served.value?.model.maxStyleSets ?? 0);

export const locality = computed<Locality>(() => {
  if (transfer.value) return isMasked(transfer.value) ? Locality.MASKED : Locality.CHANNELS;
  return draft.value.locality ?? (takesMasked(recipe.value, sets.value) ? Locality.MASKED : Locality.CHANNELS);
});

export const reference = computed<Recipe>(() => transfer.value?.reference ?? draft.value.reference ?? recipeOfSeed(0));

export const target = computed<Recipe>(() => targetOf(recipe.value, position.value));

// Why the transfer under edit cannot become one of this kind, or there be one at all; "" where it can.
export function refusalOf(as: Locality): string {
  const max = editing.value.maxStyleTransfers;
  if (position.value === null && recipe.value.styleTransfers.length >= max) return counted("edit.transfer.full", max);
  const isSo = transfer.value !== null && isMasked(transfer.value);
  if (as !== Locality.MASKED || isSo || takesMasked(recipe.value, sets.value)) return "";
  return sets.value > 1 ? counted("edit.transfer.sets", sets.value - 1) : t("edit.transfer.noMasks");
}
