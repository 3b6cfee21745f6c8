// The strip under the image: one component from -3 to +3 standard deviations.

import { imageUrl, stream } from "./api.js";
import { componentName, recipe, signed } from "./state.js";
import { $ } from "./viewer.js";

const STEPS = 7;
let controller = null;
let urls = [];

export function hideStrip() {
  controller?.abort();
  controller = null;
  for (const url of urls) URL.revokeObjectURL(url);
  urls = [];
  $("frames").replaceChildren();
  $("strip").hidden = true;
}

// Asks for the strip and fills it as images arrive; `onPick(sigmas, image)` when a frame is chosen.
export async function showStrip(component, layerStart, layerEnd, onPick) {
  hideStrip();
  controller = new AbortController();
  const { signal } = controller;
  const frames = Array.from({ length: STEPS }, emptyFrame);
  $("strip-title").textContent = `${componentName(component)}, layers ${layerStart} to ${layerEnd - 1}`;
  $("frames").replaceChildren(...frames.map((frame) => frame.item));
  $("strip").hidden = false;
  const request = {
    latent: { recipe: recipe(component) },
    edit: { index: component, layer_start: layerStart, layer_end: layerEnd },
    sigmas_start: -3,
    sigmas_end: 3,
    steps: STEPS,
  };
  for await (const step of stream("SweepComponent", request, signal)) {
    fillFrame(frames[step.index].button, step, onPick);
  }
}

export function markFrame(sigmas) {
  for (const button of $("frames").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.sigmas) === sigmas));
  }
}

function emptyFrame() {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "frame";
  button.disabled = true;
  button.append(document.createElement("i"), document.createElement("span"));
  button.lastChild.textContent = "\u00a0";
  item.append(button);
  return { item, button };
}

function fillFrame(button, step, onPick) {
  const picture = document.createElement("img");
  const url = imageUrl(step.image);
  urls.push(url);
  picture.src = url;
  picture.alt = "";
  picture.classList.toggle("pixelated", step.image.width < 64);
  button.firstChild.replaceWith(picture);
  const label = step.sigmas === 0 ? "0" : signed(step.sigmas);
  button.lastChild.textContent = `${label} \u03c3`;
  button.setAttribute("aria-label", `Take ${label} standard deviations`);
  button.setAttribute("aria-pressed", "false");
  button.dataset.sigmas = step.sigmas;
  button.disabled = false;
  button.addEventListener("click", () => onPick(step.sigmas, step.image));
}
