// Style transfer: a reference, one or more regions, a budget.

import { bytes, call, imageUrl } from "./api.js";
import { ask, drawList, messageOf, present } from "./render.js";
import { readSeed } from "./sample.js";
import { plainRecipe, randomSeed, recipe, regionName, regionTint, state } from "./state.js";
import { hideStrip } from "./strip.js";
import { $, drawOverlay, hintRegion, markChosenRegions, showError } from "./viewer.js";

let referenceUrl = null;
let referencing = null; // AbortController of the reference awaited
let rest = null;

const isOpen = () => !$("panel-regions").hidden && state.catalogue.regions.length > 0;

// The regions of the model that is served.
export function showRegions() {
  const present = state.catalogue.regions.length > 0;
  $("regions-absent").hidden = present;
  $("regions-fields").disabled = !present;
  $("region-choices").replaceChildren(...state.catalogue.regions.map(chip));
  markChosenRegions();
}

function chip(region) {
  const button = document.createElement("button");
  const share = document.createElement("small");
  button.type = "button";
  button.className = "chip";
  button.dataset.region = region.index;
  button.style.setProperty("--tint", regionTint(region.index));
  share.textContent = `${Math.round(100 * region.area_share)} %`;
  button.append(regionName(region.index), share);
  button.addEventListener("click", () => pick(region.index));
  for (const [event, on] of [["pointerenter", true], ["focus", true], ["pointerleave", false], ["blur", false]]) {
    button.addEventListener(event, () => hintRegion(region.index, on));
  }
  return button;
}

function pick(region) {
  if (!state.regions.delete(region)) state.regions.add(region);
  showError("transfer-error", "");
  markChosenRegions();
}

// The label map over the image on show, while the tab is open.
export async function segment() {
  if (!isOpen() || !state.image) return;
  const { image } = state;
  try {
    const answer = await call("SegmentRegions", { latent: { recipe: image.recipe } });
    if (state.image === image) drawOverlay([...bytes(answer.labels)], answer.grid_size, pick);
  } catch (error) {
    showError("transfer-error", messageOf(error));
  }
}

export async function showReference() {
  if (!isOpen()) return;
  referencing?.abort();
  referencing = new AbortController();
  $("reference-stage").dataset.state = "loading";
  try {
    const request = { latents: [{ recipe: plainRecipe(state.referenceSeed) }] };
    const { images } = await call("Sample", request, referencing.signal);
    if (referenceUrl) URL.revokeObjectURL(referenceUrl);
    referenceUrl = imageUrl(images[0]);
    $("reference-image").src = referenceUrl;
    $("reference-image").alt = `Synthetic mammogram: seed ${state.referenceSeed}`;
    $("reference-image").classList.toggle("pixelated", images[0].width < 64);
    $("reference-image").hidden = false;
    $("reference-stage").dataset.state = "ready";
    showError("reference-error", "");
  } catch (error) {
    if (error.name !== "AbortError") showError("reference-error", messageOf(error));
  }
}

// The reference anew, once what it depends on has come to rest.
export function referenceChanged() {
  clearTimeout(rest);
  rest = setTimeout(showReference, 400);
}

async function transfer() {
  showError("transfer-error", "");
  $("transfer-done").hidden = true;
  if (state.regions.size === 0) {
    showError("transfer-error", "Choose a region first: click on the image, or use the list above.");
    return;
  }
  const request = {
    target: { recipe: recipe() },
    reference: { recipe: plainRecipe(state.referenceSeed) },
    regions: [...state.regions].map((index) => ({ index })),
    epsilon: state.epsilon,
  };
  hideStrip();
  const answer = await ask((signal) => call("TransferStyle", request, signal), "transfer-error");
  if (!answer) return;
  state.transfers = answer.image.recipe.style_transfers;
  drawList();
  $("transfer-done").textContent = `${answer.channels_moved} of ${state.model.dimensions.num_styles} channels moved.`;
  $("transfer-done").hidden = false;
  await present(answer.image);
}

export function setUpTransfer() {
  $("reference-seed").value = state.referenceSeed;
  const drawEpsilon = () => ($("epsilon-value").textContent = state.epsilon);
  drawEpsilon();
  $("reference-seed").addEventListener("input", () => {
    const seed = readSeed($("reference-seed"), "reference-error");
    if (seed === null) return;
    state.referenceSeed = seed;
    referenceChanged();
  });
  $("random-reference").addEventListener("click", () => {
    state.referenceSeed = randomSeed();
    $("reference-seed").value = state.referenceSeed;
    readSeed($("reference-seed"), "reference-error");
    showReference();
  });
  $("epsilon").addEventListener("input", () => {
    state.epsilon = Number($("epsilon").value);
    drawEpsilon();
  });
  $("transfer").addEventListener("click", transfer);
}
