// From the state to the image on the stage: one image is awaited at a time, and the latest wish wins. While a control
// moves, a quick look from an earlier block of the network stands in; the image itself follows when it comes to rest.

import { ApiError, call } from "./api.js";
import { describe, drawEdits, drawRecipe } from "./edits.js";
import { previewFormat, recipe, state, uneditedRecipe } from "./state.js";
import { hideStrip } from "./strip.js";
import * as viewer from "./viewer.js";

const { $ } = viewer;
const REST = 140; // milliseconds that a moving slider rests before an image is asked for
const REST_AFTER_PREVIEW = 600; // the same where a quick look is on show: a control that is let go does not wait

// What other parts add: `removed` after an edit has left the list, `shown` after a new image, `lost` without a server.
export const hooks = { removed: () => {}, shown: () => {}, lost: () => {} };

let rendering = null; // AbortController of the image awaited
let rest = null;
let previewing = null; // AbortController of the quick look awaited
let previewWanted = false;

// The state has changed: edits and, after a rest, the image follow. `dragging`: by a control that is still moving.
export function changed({ keepStrip = false, dragging = false, wait = REST } = {}) {
  if (!keepStrip) hideStrip();
  drawList();
  clearTimeout(rest);
  const preview = dragging && previewFormat() !== null;
  rest = setTimeout(render, preview ? REST_AFTER_PREVIEW : wait);
  if (preview) showPreview();
}

export function drawList() {
  $("compare").setAttribute("aria-pressed", "false");
  drawEdits(() => {
    hooks.removed();
    changed({ wait: 0 });
  });
}

// A control that changed the state while it moved: quick looks as it moves, the image at once when it is let go.
export function follow(control, take) {
  control.addEventListener("input", () => take({ dragging: true }));
  control.addEventListener("change", () => take({ wait: 0 }));
}

async function showPreview() {
  previewWanted = true;
  if (previewing) return; // the loop below sees the wish
  rendering?.abort();
  const controller = new AbortController();
  previewing = controller;
  try {
    while (previewWanted && !controller.signal.aborted) {
      previewWanted = false;
      const description = describe();
      const request = { latents: [{ recipe: recipe() }], format: previewFormat() };
      const answer = await call("Sample", request, controller.signal);
      if (controller.signal.aborted) return;
      await viewer.showImage(answer.images[0], `${description}, quick look`);
      $("caption").textContent = `${description} \u00b7 quick look`;
    }
  } catch (error) {
    if (error.name !== "AbortError") previewWanted = false; // the image that follows says what is wrong
  } finally {
    if (previewing === controller) previewing = null;
  }
}

export async function render() {
  const answer = await ask((signal) => call("Sample", { latents: [{ recipe: recipe() }] }, signal));
  if (answer) await present(answer.images[0]);
}

// Runs a call that ends in a new image. Undefined when it failed (which has been shown, under the element `errorId`
// if there is one, else on the stage) or was overtaken.
export async function ask(work, errorId = null) {
  clearTimeout(rest);
  previewing?.abort();
  previewing = null;
  rendering?.abort();
  const controller = new AbortController();
  rendering = controller;
  viewer.setBusy(true);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (error.name === "AbortError") return undefined;
    if (errorId && error instanceof ApiError && !error.isUnavailable) {
      viewer.showError(errorId, error.message);
      $("stage").dataset.state = "ready";
    } else {
      failed(error);
    }
    return undefined;
  } finally {
    if (rendering === controller) viewer.setBusy(false);
  }
}

// Puts an image on the stage, with all that is written about it.
export async function present(image) {
  state.image = image;
  const description = describe();
  await viewer.showImage(image, description);
  if (state.image !== image) return;
  $("caption").textContent = description;
  drawRecipe(image);
  hooks.shown();
}

// The image without edits for a look, and back.
export async function toggleComparison() {
  const edited = state.image;
  if ($("compare").getAttribute("aria-pressed") === "true") {
    $("compare").setAttribute("aria-pressed", "false");
    await present(edited);
    return;
  }
  $("compare").setAttribute("aria-pressed", "true");
  const answer = await ask((signal) => call("Sample", { latents: [{ recipe: uneditedRecipe() }] }, signal));
  if (!answer || state.image !== edited) return;
  const description = `seed ${state.seed} \u00b7 \u03c8 ${state.psi.toFixed(2)} \u00b7 without edits`;
  await viewer.showImage(answer.images[0], description);
  $("caption").textContent = description;
}

export function failed(error) {
  if (!(error instanceof ApiError)) throw error;
  if (!error.isUnavailable) {
    viewer.showNotice("This image could not be made", error.message);
    return;
  }
  hooks.lost(error.status === "UNREACHABLE" ? error.message : "The image server does not answer.");
}

export function messageOf(error) {
  return error.isUnavailable ? "The image server does not answer." : error.message;
}
