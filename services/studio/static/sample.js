// Seed and truncation.

import { changed } from "./render.js";
import { MAX_SEED, randomSeed, state } from "./state.js";
import { $, showError } from "./viewer.js";

// The seed in a field, or null, said under the field, when it holds none.
export function readSeed(input, errorId) {
  const valid = input.value !== "" && input.checkValidity();
  input.setAttribute("aria-invalid", String(!valid));
  showError(errorId, valid ? "" : `A whole number from 0 to ${MAX_SEED}.`);
  return valid ? Number(input.value) : null;
}

export function setUpSample(onPsi) {
  $("seed").value = state.seed;
  $("psi").value = state.psi;
  const drawPsi = () => ($("psi-value").textContent = state.psi.toFixed(2));
  drawPsi();
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
  $("psi").addEventListener("input", () => {
    state.psi = Number($("psi").value);
    drawPsi();
    changed();
    onPsi();
  });
}
