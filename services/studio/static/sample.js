// Seed, labels, truncation and noise.

import { knownLabels, labelSelectors } from "./labels.js";
import { changed, follow } from "./render.js";
import { randomSeed, state } from "./state.js";
import { $, showError } from "./viewer.js";

const NOISES = 10_000; // seeds of the noise that the button draws from: few digits to read and type

// The seed in a field, or null, said under the field, when it holds none.
export function readSeed(input, errorId) {
  const valid = input.value !== "" && input.checkValidity();
  input.setAttribute("aria-invalid", String(!valid));
  showError(errorId, valid ? "" : `A whole number from 0 to ${state.model.editing.max_seed}.`);
  return valid ? Number(input.value) : null;
}

// Selectors for the labels of the model that is served, if it has any.
export function showLabels(onChange) {
  const fields = state.model.label_fields ?? [];
  state.labels = knownLabels(fields, state.labels);
  const asked = () => {
    changed({ wait: 0 });
    onChange();
  };
  $("labels").replaceChildren(...labelSelectors(fields, state.labels, asked));
  $("labels").hidden = fields.length === 0;
}

// The controls as the state has them, with the ranges of the model that is served.
export function syncSample() {
  const { editing } = state.model;
  for (const field of document.querySelectorAll("input.seed")) field.max = editing.max_seed;
  state.psi ??= editing.psi;
  $("psi").max = editing.max_psi;
  $("seed").value = state.seed;
  $("psi").value = state.psi;
  $("sample-fields").disabled = false;
  drawPsi();
  drawNoise();
}

const drawPsi = () => ($("psi-value").textContent = state.psi.toFixed(2));

function drawNoise() {
  const seed = state.noise?.seed;
  $("noise").value = state.noise?.mode ?? "";
  $("noise-value").textContent = seed === undefined ? "" : `seed ${seed}`;
}

export function setUpSample(onPsi) {
  $("seed").value = state.seed;
  $("seed").addEventListener("input", () => {
    const seed = readSeed($("seed"), "seed-error");
    if (seed === null || seed === state.seed) return;
    state.seed = seed;
    changed({ wait: 400 });
  });
  $("random-seed").addEventListener("click", () => {
    state.seed = randomSeed();
    $("seed").value = state.seed;
    readSeed($("seed"), "seed-error");
    changed({ wait: 0 });
  });
  follow($("psi"), (options) => {
    state.psi = Number($("psi").value);
    drawPsi();
    changed(options);
    onPsi();
  });
  const takeNoise = (noise) => {
    state.noise = noise;
    drawNoise();
    changed({ wait: 0 });
  };
  $("noise").addEventListener("change", () => takeNoise($("noise").value ? { mode: $("noise").value } : null));
  $("redraw-noise").addEventListener("click", () => takeNoise({ mode: "NOISE_MODE_RANDOM", seed: randomSeed() % NOISES }));
}
