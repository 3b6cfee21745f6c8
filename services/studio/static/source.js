// A second image, chosen by its seed: a number field, a button for a random one, and a small picture of it.

import { call, imageUrl } from "./api.js";
import { messageOf } from "./render.js";
import { readSeed } from "./sample.js";
import { plainRecipe, randomSeed, smallFormat } from "./state.js";
import { $, showError } from "./viewer.js";

const REST = 400; // milliseconds that a field rests before the picture is asked for

// `prefix`: of the elements' ids; `read()` and `write(seed)`: its place in the state; `isOpen()`: whether it is seen.
export function setUpSource({ prefix, read, write, isOpen }) {
  const [field, picture, stage] = [$(`${prefix}-seed`), $(`${prefix}-image`), $(`${prefix}-stage`)];
  const errorId = `${prefix}-error`;
  let url = null;
  let awaited = null; // AbortController of the picture awaited
  let rest = null;

  async function show() {
    clearTimeout(rest);
    if (!isOpen()) {
      picture.hidden = true; // asked for when it is seen again
      return;
    }
    awaited?.abort();
    awaited = new AbortController();
    stage.dataset.state = "loading";
    try {
      const request = { latents: [{ recipe: plainRecipe(read()) }], format: smallFormat() };
      const { images } = await call("Sample", request, awaited.signal);
      if (url) URL.revokeObjectURL(url);
      url = imageUrl(images[0]);
      picture.src = url;
      picture.alt = `Synthetic mammogram: seed ${read()}`;
      picture.classList.toggle("pixelated", images[0].width < 64);
      picture.hidden = false;
      stage.dataset.state = "ready";
      showError(errorId, "");
    } catch (error) {
      if (error.name !== "AbortError") showError(errorId, messageOf(error));
    }
  }

  // What the picture depends on has changed.
  function changed() {
    clearTimeout(rest);
    rest = setTimeout(show, REST);
  }

  field.value = read();
  field.addEventListener("input", () => {
    const seed = readSeed(field, errorId);
    if (seed === null) return;
    write(seed);
    changed();
  });
  $(`random-${prefix}`).addEventListener("click", () => {
    write(randomSeed());
    field.value = read();
    readSeed(field, errorId);
    show();
  });
  return { changed, opened: () => picture.hidden && show() };
}
