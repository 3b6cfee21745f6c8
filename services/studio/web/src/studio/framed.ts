// In a frame of another page: it is told what is on show (docs/embedding.md).

import { effect } from "@preact/signals";

import { tell } from "../parts/messenger";
import { state } from "../state/store";
import { onShow } from "./pictures";
import { recipeJson } from "./recipejson";

// Whenever another full image is on show.
export function tellTheFrame(): void {
  let told = "";
  effect(() => {
    const { shown } = onShow.value;
    const complete = shown?.quality === "full" ? shown.image.recipe : undefined;
    if (!state.value.framed || !shown || !complete || shown.text === told) return;
    told = shown.text;
    tell({ type: "image", address: location.href, recipe: recipeJson(complete) });
  });
}
