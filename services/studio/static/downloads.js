// What a person takes away: the picture with the mark burnt in, unless it is asked for without, and the recipe.

import { bytes, call } from "./api.js";
import { messageOf } from "./render.js";
import { save } from "./save.js";
import { recipeText, state } from "./state.js";
import { $, showError } from "./viewer.js";

async function savePicture() {
  const { recipe, file_stem: stem } = state.image;
  showError("download-error", "");
  $("download-png").disabled = true;
  try {
    const format = { burn_in_mark: !$("unmarked").checked };
    const { images } = await call("Sample", { latents: [{ recipe }], format });
    save(bytes(images[0].data), "image/png", `${stem}.png`);
  } catch (error) {
    showError("download-error", messageOf(error));
  } finally {
    $("download-png").disabled = false;
  }
}

export function setUpDownloads() {
  $("download-png").addEventListener("click", savePicture);
  $("download-recipe").addEventListener("click", () => {
    const { recipe, file_stem: stem } = state.image;
    save(`${recipeText(recipe)}\n`, "application/json", `${stem}.json`);
  });
}
