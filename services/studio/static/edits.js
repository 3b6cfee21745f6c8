// The list of edits, the recipe and the downloads: all that is written about the image on show.

import { call } from "./api.js";
import { amount, isEdited, isMoved, layersText, recipeText, regionName, state } from "./state.js";
import { $ } from "./viewer.js";

export function describe() {
  const parts = [`seed ${state.seed}`, ...Object.values(state.labels), `\u03c8 ${state.psi.toFixed(2)}`];
  if (state.noise) parts.push(noiseText(state.noise));
  if (state.mix) parts.push(`${mixText()} from seed ${state.mix.seed}`);
  for (const [key, move] of state.moves) {
    if (isMoved(move)) parts.push(`${state.axes.get(key).name} ${amount(move)}`);
  }
  for (const transfer of state.transfers) parts.push(`${regionsOf(transfer)} from ${sourceOf(transfer.reference)}`);
  return parts.join(" \u00b7 ");
}

const NOISE_TEXTS = {
  NOISE_MODE_CONST: () => "constant noise",
  NOISE_MODE_RANDOM: (seed) => `noise ${seed}`,
  NOISE_MODE_NONE: () => "without noise",
  NOISE_MODE_INTERPOLATED: () => "noise between two images",
};

// A complete recipe's noise in words.
export const noiseText = ({ mode, seed }) => NOISE_TEXTS[mode](seed);

const mixText = () => `layers ${state.mix.layerStart} to ${state.mix.layerEnd - 1}`;

function sourceOf(recipe) {
  return recipe.seed === undefined ? "another image" : `seed ${recipe.seed}`;
}

function regionsOf(transfer) {
  if (transfer.regions.length === 0) return "Painted area";
  return transfer.regions.map((region) => regionName(Number(region.index))).join(", ");
}

// Draws the list; `onRemove()` after one has been taken out of the state.
export function drawEdits(onRemove) {
  const rows = [];
  if (state.mix) rows.push(row(`Mixed with seed ${state.mix.seed}`, mixText(), () => (state.mix = null), onRemove));
  for (const [key, move] of state.moves) {
    if (!isMoved(move)) continue;
    const detail = layersText(key, move);
    const remove = () => state.moves.delete(key);
    rows.push(row(`${state.axes.get(key).name} ${amount(move)}`, detail, remove, onRemove));
  }
  state.transfers.forEach((transfer, position) => {
    const where = transfer.locality === "LOCALITY_MASKED" ? "within the area" : `budget \u03b5 ${transfer.epsilon}`;
    const detail = `from ${sourceOf(transfer.reference)}, ${where}`;
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

// Recipe and ids of a GeneratedImage.
export function drawRecipe(image) {
  $("recipe").textContent = recipeText(image.recipe);
  const facts = { "latent-id": image.latent_id, "bundle-name": image.recipe.bundle_name, "bundle-digest": image.bundle_digest };
  for (const [id, value] of Object.entries(facts)) {
    $(id).textContent = value;
    $(id).title = value;
  }
  for (const id of ["download-png", "download-recipe"]) $(id).disabled = false;
  drawSentences(image);
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
