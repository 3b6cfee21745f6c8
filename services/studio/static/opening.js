// A recipe from a file: drawn by the server first, then taken apart into the page's controls.

import { call } from "./api.js";
import { ask, drawList, present } from "./render.js";
import { recipe, state } from "./state.js";
import { hideStrip } from "./strip.js";
import { $, showError } from "./viewer.js";

const OTHER_KIND = "The studio has no controls for a recipe of this kind; `mammoganesis reproduce` makes its image.";

// `onTaken()` when the state has become that of the recipe.
export function setUpOpening(onTaken) {
  $("open-recipe").addEventListener("change", async () => {
    const [file] = $("open-recipe").files;
    $("open-recipe").value = ""; // so that the same file can be chosen again
    if (file) await open(file, onTaken);
  });
}

async function open(file, onTaken) {
  showError("open-error", "");
  let content;
  try {
    content = JSON.parse(await file.text());
  } catch {
    showError("open-error", `${file.name} is no recipe: choose a JSON file that the studio or the command line has saved.`);
    return;
  }
  const sample = (latent) => (signal) => call("Sample", { latents: [{ recipe: latent }] }, signal);
  const wanted = await ask(sample(content), "open-error"); // what the server refuses is drawn nowhere
  if (!wanted) return;
  const [image] = wanted.images;
  const parts = partsOf(image.recipe);
  for (const noise of [null, parts.noise]) {
    const drawn = await ask(sample(recipe(null, { ...parts, noise })), "open-error");
    if (!drawn) return;
    if (drawn.images[0].latent_id !== image.latent_id) continue;
    Object.assign(state, parts, { noise });
    hideStrip();
    onTaken();
    drawList();
    await present(image);
    return;
  }
  $("stage").dataset.state = "ready";
  showError("open-error", OTHER_KIND);
}

// What the page's controls can say of a complete recipe; whether that is all of it, the latent id of the result tells.
function partsOf({ mixing, component_edits: edits = [], style_transfers: transfers = [], noise, ...rest }) {
  const plain = mixing?.base ?? rest;
  const moves = [];
  for (let at = 0; at < edits.length; ) {
    const edit = edits[at];
    const axis = axisAt(edits, at);
    const sigmas = axis?.isReversed ? -edit.sigmas : edit.sigmas;
    const absolute = edit.mode === "EDIT_MODE_ABSOLUTE";
    moves.push([axis?.key, { sigmas, layerStart: edit.layer_start, layerEnd: edit.layer_end, absolute }]);
    at += 1 + (axis?.further.length ?? 0);
  }
  return {
    seed: Number(plain.seed ?? 0),
    labels: plain.labels ?? {},
    psi: plain.truncation?.psi ?? state.model.editing.psi,
    noise: noiseOf(noise),
    mix: mixing ? { seed: Number(mixing.style.seed ?? 0), layerStart: mixing.layer_start, layerEnd: mixing.layer_end } : null,
    moves: new Map(moves.filter(([key]) => key !== undefined)),
    transfers,
  };
}

// The named direction whose edits begin at this one, the one with the most components, or else the component.
function axisAt(edits, at) {
  const [{ index, layer_start: layerStart, layer_end: layerEnd, sigmas, mode }] = edits.slice(at);
  const axes = [...state.axes.values()].sort((one, other) => other.further.length - one.further.length);
  const fits = (axis) =>
    axis.isDirection && axis.index === index && axis.layerStart === layerStart && axis.layerEnd === layerEnd &&
    axis.further.every((part, place) => {
      const edit = edits[at + 1 + place];
      const moved = (axis.isReversed ? -sigmas : sigmas) * part.weight;
      return edit?.index === part.index && edit.layer_start === part.layer_start && edit.layer_end === part.layer_end &&
        edit.mode === mode && edit.sigmas === moved;
    });
  return axes.find(fits) ?? axes.find((axis) => !axis.isDirection && axis.index === index);
}

const noiseOf = ({ mode, seed }) => (mode === "NOISE_MODE_RANDOM" ? { mode, seed: Number(seed) } : { mode });
