// The list of edits, the recipe and the downloads: all that is written about the image on show.

import { call, imageUrl } from "./api.js";
import { amount, isEdited, isMoved, recipeText, regionName, state } from "./state.js";
import { $ } from "./viewer.js";

export function describe() {
  const parts = [`seed ${state.seed}`, ...Object.values(state.labels), `\u03c8 ${state.psi.toFixed(2)}`];
  if (state.noiseSeed !== null) parts.push(`noise ${state.noiseSeed}`);
  if (state.mix) parts.push(`${mixText()} from seed ${state.mix.seed}`);
  for (const [key, move] of state.moves) {
    if (isMoved(move)) parts.push(`${state.axes.get(key).name} ${amount(move)}`);
  }
  for (const transfer of state.transfers) parts.push(`${regionsOf(transfer)} from ${sourceOf(transfer.reference)}`);
  return parts.join(" \u00b7 ");
}

const mixText = () => `layers ${state.mix.layerStart} to ${state.mix.layerEnd - 1}`;

function sourceOf(recipe) {
  return recipe.seed === undefined ? "another image" : `seed ${recipe.seed}`;
}

function regionsOf(transfer) {
  return transfer.regions.map((region) => regionName(Number(region.index))).join(", ");
}

// Draws the list; `onRemove()` after one has been taken out of the state.
export function drawEdits(onRemove) {
  const rows = [];
  if (state.mix) rows.push(row(`Mixed with seed ${state.mix.seed}`, mixText(), () => (state.mix = null), onRemove));
  for (const [key, move] of state.moves) {
    if (!isMoved(move)) continue;
    const detail = `layers ${move.layerStart} to ${move.layerEnd - 1}`;
    const remove = () => state.moves.delete(key);
    rows.push(row(`${state.axes.get(key).name} ${amount(move)}`, detail, remove, onRemove));
  }
  state.transfers.forEach((transfer, position) => {
    const detail = `from ${sourceOf(transfer.reference)}, budget \u03b5 ${transfer.epsilon}`;
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
  drawSentences(image);
}

function offer(link, url, name) {
  link.href = url;
  link.download = name;
  link.removeAttribute("aria-disabled");
}

// The recipe in plain words, a sentence a step.
async function drawSentences(image) {
  let sentences = [];
  try {
    ({ sentences } = await call("DescribeRecipe", { latent: { recipe: image.recipe } }));
  } catch (error) {
    sentences = [`The server could not put this recipe into words: ${error.message}`];
  }
  if (state.image !== image) return; // of an image that has been overtaken
  $("sentences").replaceChildren(
    ...sentences.map((sentence) => {
      const item = document.createElement("li");
      item.textContent = sentence;
      return item;
    }),
  );
  $("what-was-done").hidden = false;
}
