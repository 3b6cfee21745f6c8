// Style transfer: a reference, one or more regions, a budget.

import { call } from "./api.js";
import { isMasked, isPainted, maskOfRequest, putAway } from "./brush.js";
import { labelMap } from "./regions.js";
import { ask, drawList, messageOf, present } from "./render.js";
import { setUpSource } from "./source.js";
import { plainRecipe, recipe, regionName, regionTint, state } from "./state.js";
import { hideStrip } from "./strip.js";
import { $, drawOverlay, hintRegion, markChosenRegions, showError } from "./viewer.js";

const isOpen = () => !$("panel-regions").hidden && state.catalogue.regions.length > 0;

// The regions of the model that is served, those that its curator set aside last.
export function showRegions() {
  const { regions } = state.catalogue;
  const { epsilon, max_epsilon: maxEpsilon } = state.model.editing;
  const present = regions.length > 0;
  $("regions-absent").hidden = present;
  $("regions-fields").disabled = !present;
  const order = [...regions].sort((a, b) => Number(a.rejected ?? false) - Number(b.rejected ?? false));
  $("region-choices").replaceChildren(...order.map(chip));
  state.epsilon ??= epsilon;
  $("epsilon").max = maxEpsilon;
  $("epsilon").value = state.epsilon;
  drawEpsilon();
  markChosenRegions();
  drawRegionNote();
}

function chip(region) {
  const button = document.createElement("button");
  const share = document.createElement("small");
  button.type = "button";
  button.className = "chip";
  button.dataset.region = region.index;
  button.style.setProperty("--tint", regionTint(region.index));
  share.textContent = region.rejected ? "set aside" : `${Math.round(100 * region.area_share)} %`;
  button.append(regionName(region.index), share);
  button.title = region.note ?? "";
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
  drawRegionNote();
}

function drawRegionNote() {
  const notes = [...state.regions].map((index) => state.catalogue.regions[index]).filter((region) => region?.note);
  $("region-note").textContent = notes.map((region) => `${regionName(region.index)}: ${region.note}`).join(" ");
  $("region-note").hidden = notes.length === 0;
}

function drawEpsilon() {
  const own = state.model.editing.epsilon;
  const text = state.epsilon === own ? `${own}, the model\u2019s` : String($("epsilon").value);
  $("epsilon-value").textContent = text;
}

// The label map over the image on show, while the tab is open.
export async function segment() {
  if (!isOpen() || !state.image) return;
  const { image } = state;
  try {
    const answer = await call("SegmentRegions", { latent: { recipe: image.recipe } });
    const { labels, width } = await labelMap(answer);
    if (state.image === image) drawOverlay(labels, width, pick);
  } catch (error) {
    showError("transfer-error", messageOf(error));
  }
}

async function transfer() {
  showError("transfer-error", "");
  $("transfer-done").hidden = true;
  if (state.regions.size === 0 && !isPainted()) {
    const ways = isMasked() ? "click on the image, use the list above, or paint an area" : "click on the image, or use the list above";
    showError("transfer-error", `Choose a region first: ${ways}.`);
    return;
  }
  const where = isMasked()
    ? { locality: "LOCALITY_MASKED", ...(await maskOfRequest()) }
    : { epsilon: Number($("epsilon").value) };
  const request = {
    target: { recipe: recipe() },
    reference: { recipe: plainRecipe(state.referenceSeed) },
    regions: isPainted() ? [] : [...state.regions].map((index) => ({ index })),
    ...where,
  };
  hideStrip();
  const answer = await ask((signal) => call("TransferStyle", request, signal), "transfer-error");
  if (!answer) return;
  state.transfers = answer.image.recipe.style_transfers;
  drawList();
  $("transfer-done").textContent = isMasked() ? "Changed within the area." : `${answer.channels_moved} of ${state.model.dimensions.num_styles} channels moved.`;
  $("transfer-done").hidden = false;
  putAway();
  await present(answer.image);
}

export function setUpTransfer() {
  const source = setUpSource({
    prefix: "reference",
    read: () => state.referenceSeed,
    write: (seed) => (state.referenceSeed = seed),
    isOpen,
  });
  $("epsilon").addEventListener("input", () => {
    state.epsilon = Number($("epsilon").value);
    drawEpsilon();
  });
  $("transfer").addEventListener("click", transfer);
  return source;
}
