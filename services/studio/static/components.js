// Moves along a component: one move a component, on a range of layers.

import { changed, messageOf } from "./render.js";
import { signed, state } from "./state.js";
import { hideStrip, markFrame, showStrip } from "./strip.js";
import { $, showError } from "./viewer.js";

const chosen = () => Number($("component").value);

// The list and ranges of the model that is served.
export function showComponents() {
  const present = state.components.length > 0;
  $("components-absent").hidden = present;
  $("components-fields").disabled = !present;
  if (!present) return;
  const before = $("component").value;
  $("component").replaceChildren(
    ...state.components.map((component) => {
      const share = (100 * component.explained_variance_ratio).toFixed(1);
      const name = component.name ? `${component.index}: ${component.name}` : `Component ${component.index}`;
      return new Option(`${name} \u2013 ${share} % of variance`, component.index);
    }),
  );
  $("component").value = before || "0";
  $("layer-start").max = state.model.dimensions.num_ws - 1;
  $("layer-end").max = state.model.dimensions.num_ws;
  syncComponent();
}

// The controls as the chosen component's move has them.
export function syncComponent() {
  const component = state.components[chosen()];
  if (!component) return;
  const fresh = { sigmas: 0, layerStart: component.layer_start, layerEnd: component.layer_end };
  const move = state.moves.get(component.index) ?? fresh;
  $("sigmas").value = move.sigmas;
  $("layer-start").value = move.layerStart;
  $("layer-end").value = move.layerEnd;
  drawMove();
}

function drawMove() {
  const sigmas = Number($("sigmas").value);
  $("sigmas-value").textContent = sigmas === 0 ? "0 \u03c3" : `${signed(sigmas)} \u03c3`;
  $("layers-value").textContent = `${$("layer-start").value} to ${$("layer-end").value - 1}`;
  markFrame(sigmas);
}

function takeMove(options) {
  const sigmas = Number($("sigmas").value);
  const [layerStart, layerEnd] = [Number($("layer-start").value), Number($("layer-end").value)];
  const unmoved = sigmas === 0 && !state.moves.get(chosen())?.sigmas;
  state.moves.set(chosen(), { sigmas, layerStart, layerEnd });
  drawMove();
  if (unmoved) hideStrip(); // of other layers now, and the image stays as it is
  else changed(options);
}

async function sweep() {
  showError("sweep-error", "");
  const pick = (sigmas) => {
    $("sigmas").value = sigmas;
    drawMove();
    takeMove({ keepStrip: true, wait: 0 });
  };
  try {
    await showStrip(chosen(), Number($("layer-start").value), Number($("layer-end").value), pick);
    drawMove();
  } catch (error) {
    if (error.name === "AbortError") return;
    hideStrip();
    showError("sweep-error", messageOf(error));
  }
}

export function setUpComponents() {
  $("component").addEventListener("change", () => {
    hideStrip();
    syncComponent();
  });
  $("sigmas").addEventListener("input", () => takeMove({ keepStrip: true }));
  $("layer-start").addEventListener("input", () => {
    $("layer-end").value = Math.max(Number($("layer-end").value), Number($("layer-start").value) + 1);
    takeMove();
  });
  $("layer-end").addEventListener("input", () => {
    $("layer-start").value = Math.min(Number($("layer-start").value), Number($("layer-end").value) - 1);
    takeMove();
  });
  $("sweep").addEventListener("click", sweep);
}
