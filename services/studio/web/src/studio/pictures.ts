// The two pictures that the studio shows: the image, and what it is compared with.

import { computed, effect } from "@preact/signals";

import { createStage, type Shown, type Stage } from "../images/stage";
import type { Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { recipeOfText, UNEDITED } from "../state/address";
import { isEdited, isPlain, sameRecipe, withoutEdits } from "../state/recipe";
import { state } from "../state/store";
import { originText, titleOf } from "../state/words";
import { t } from "../texts/texts";
import type { Side, Slot, View, ViewerImage } from "../viewer/types";
import { moving } from "../state/store";

export const stage = createStage();
export const secondStage = createStage();

// What the image is compared with; null where there is nothing to compare.
export const against = computed<Recipe | null>(() => {
  const { against, recipe } = state.value;
  if (against !== UNEDITED) return recipeOfText(against);
  return isEdited(recipe) ? withoutEdits(recipe) : null;
});

// Whether the second picture is looked at: only then is it asked for.
export const comparing = computed(() => {
  const { layout, compare, shown } = state.value.viewer;
  return layout === "pair" || compare !== "none" || shown === 1;
});

effect(() => stage.want(state.value.screen === "edit" ? state.value.recipe : null));
effect(() => secondStage.want(state.value.screen === "edit" && comparing.value ? against.value : null));

// The recipe of the picture that a person sees, and so takes away: the image, or alone what it is compared with.
export const onShow = computed<{ recipe: Recipe; shown: Shown | null }>(() => {
  const { viewer, recipe } = state.value;
  const second = against.value;
  if (second && viewer.layout === "single" && viewer.compare === "none" && viewer.shown === 1) return { recipe: second, shown: secondStage.shown.value };
  return { recipe, shown: stage.shown.value };
});

export const slots = computed<readonly Slot[]>(() => {
  const { recipe } = state.value;
  const first = slotOf(stage, recipe, titleOf(recipe));
  const second = against.value;
  if (!second) return [first];
  const title = state.value.against === UNEDITED ? `${originText(second)} · ${t("studio.unedited")}` : titleOf(second);
  return [first, slotOf(secondStage, second, title)];
});

function slotOf(stage: Stage, wanted: Recipe, title: string): Slot {
  const shown = stage.shown.value;
  if (stage.failure.value) return { state: "failed", title, reason: stage.failure.value };
  if (!shown) return { state: "loading", title };
  const there = recipeOfText(shown.text);
  if (sameRecipe(there, wanted)) return { state: "there", image: imageOf(shown, title) };
  // Of the same seed an edit is on its way: the picture stays until it comes. Another seed is another picture: its place is empty.
  if (moving.value || originText(there) === originText(wanted)) return { state: "previous", image: imageOf(shown, titleOf(there)) };
  return { state: "loading", title };
}

function imageOf({ text, picture, quality, image }: Shown, title: string): ViewerImage {
  const labels = image.recipe && isPlain(image.recipe) ? image.recipe.labels : {};
  return { ...picture, key: `${quality} ${text}`, quality, title, side: oneOf(labels["side"], ["L", "R"] as Side[]), view: oneOf(labels["view"], ["CC", "MLO"] as View[]) };
}

const oneOf = <Value extends string>(value: string | undefined, values: Value[]) => values.find((one) => one === value);
