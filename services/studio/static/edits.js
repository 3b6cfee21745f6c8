// The list of edits, the recipe and the downloads: all that is written about the image on show.

import { imageUrl } from "./api.js";
import { componentName, isEdited, recipeText, regionName, signed, state } from "./state.js";
import { $ } from "./viewer.js";

export function describe() {
  const parts = [`seed ${state.seed}`, `\u03c8 ${state.psi.toFixed(2)}`];
  for (const [index, move] of state.moves) {
    if (move.sigmas !== 0) parts.push(`${componentName(index)} ${signed(move.sigmas)} \u03c3`);
  }
  for (const transfer of state.transfers) parts.push(`${regionsOf(transfer)} from seed ${transfer.reference.seed}`);
  return parts.join(" \u00b7 ");
}

function regionsOf(transfer) {
  return transfer.regions.map((region) => regionName(Number(region.index))).join(", ");
}

// Draws the list; `onRemove()` after one has been taken out of the state.
export function drawEdits(onRemove) {
  const rows = [];
  for (const [index, move] of state.moves) {
    if (move.sigmas === 0) continue;
    const detail = `layers ${move.layerStart} to ${move.layerEnd - 1}`;
    const remove = () => state.moves.delete(index);
    rows.push(row(`${componentName(index)} ${signed(move.sigmas)} \u03c3`, detail, remove, onRemove));
  }
  state.transfers.forEach((transfer, position) => {
    const detail = `from seed ${transfer.reference.seed}, budget \u03b5 ${transfer.epsilon}`;
    const remove = () => state.transfers.splice(position, 1);
    rows.push(row(regionsOf(transfer), detail, remove, onRemove));
  });
  $("edits").replaceChildren(...rows);
  $("no-edits").hidden = rows.length > 0;
  $("clear-edits").hidden = rows.length === 0;
  $("compare").hidden = !isEdited();
}

function row(text, detail, remove, onRemove) {
  const item = document.createElement("li");
  const label = document.createElement("span");
  const small = document.createElement("small");
  const button = document.createElement("button");
  small.textContent = detail;
  label.append(text, small);
  button.type = "button";
  button.textContent = "\u00d7";
  button.setAttribute("aria-label", `Remove ${text}`);
  button.addEventListener("click", () => {
    remove();
    onRemove();
  });
  item.append(label, button);
  return item;
}

let offered = []; // URLs of the downloads

// Recipe, ids and downloads of a GeneratedImage.
export function drawRecipe(image) {
  const text = recipeText(image.recipe);
  $("recipe").textContent = text;
  for (const [id, value] of [["latent-id", image.latent_id], ["bundle-digest", image.bundle_digest]]) {
    $(id).textContent = value;
    $(id).title = value;
  }
  for (const url of offered) URL.revokeObjectURL(url);
  offered = [imageUrl(image), URL.createObjectURL(new Blob([`${text}\n`], { type: "application/json" }))];
  offer($("download-png"), offered[0], `mammogram-${image.latent_id}.png`);
  offer($("download-recipe"), offered[1], `recipe-${image.latent_id}.json`);
}

function offer(link, url, name) {
  link.href = url;
  link.download = name;
  link.removeAttribute("aria-disabled");
}
