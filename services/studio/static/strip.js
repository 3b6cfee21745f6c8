// The strip under the image: equal steps along one axis.

import { imageUrl, stream } from "./api.js";
import { editOf, layersText, recipe, signed, smallFormat, state } from "./state.js";
import { $ } from "./viewer.js";

const NEARBY = [0, -1, 1, 2, -2]; // frames more than usual; the first number that gives one to 0
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

// Asks for the strip of a move at other displacements, [from, to], and fills it as images arrive; `onPick(sigmas)`
// when a frame is chosen.
export async function showStrip(axis, move, [from, to], onPick) {
  hideStrip();
  controller = new AbortController();
  const { signal } = controller;
  const hitsZero = (steps) => Number.isInteger(Math.round((from * (steps - 1) * 1e6) / (to - from)) / 1e6);
  const usual = state.model.editing.sweep_steps;
  const steps = NEARBY.map((more) => usual + more).find(hitsZero) ?? usual;
  const frames = Array.from({ length: steps }, emptyFrame);
  $("strip-title").textContent = `${axis.name}, ${layersText(axis.key, move)}`;
  $("frames").replaceChildren(...frames.map((frame) => frame.item));
  $("strip").hidden = false;
  const { sigmas, ...edit } = editOf(axis.key, move);
  const request = {
    latent: { recipe: recipe(axis.key) },
    edit,
    sigmas_start: from,
    sigmas_end: to,
    steps,
    format: smallFormat(),
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
  const label = Math.abs(step.sigmas) < 1e-9 ? "0" : signed(step.sigmas);
  button.lastChild.textContent = `${label} \u03c3`;
  button.setAttribute("aria-label", `Take ${label} standard deviations`);
  button.setAttribute("aria-pressed", "false");
  button.dataset.sigmas = step.sigmas;
  button.disabled = false;
  button.addEventListener("click", () => onPick(step.sigmas));
}
