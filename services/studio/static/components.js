// Moves along a named direction or a component: one move each, on a range of layers, added up or from the average.

import { changed, follow, messageOf } from "./render.js";
import { amount, isMoved, signed, state } from "./state.js";
import { hideStrip, markFrame, showStrip } from "./strip.js";
import { $, showError } from "./viewer.js";

const chosen = () => $("component").value;

// The list and ranges of the model that is served.
export function showComponents() {
  const present = state.axes.size > 0;
  $("components-absent").hidden = present;
  $("components-fields").disabled = !present;
  if (!present) return;
  const before = chosen();
  const axes = [...state.axes.values()];
  const groups = [
    ["Named directions", axes.filter((axis) => axis.isDirection)],
    ["All components, by variance", axes.filter((axis) => !axis.isDirection)],
  ];
  $("component").replaceChildren(
    ...groups
      .filter(([, members]) => members.length > 0)
      .map(([label, members]) => {
        const group = document.createElement("optgroup");
        group.label = label;
        group.append(...members.map((axis) => new Option(axis.text, axis.key)));
        return group;
      }),
  );
  $("component").value = state.axes.has(before) ? before : axes[0].key;
  $("layer-start").max = state.model.dimensions.num_ws - 1;
  $("layer-end").max = state.model.dimensions.num_ws;
  syncComponent();
}

// The controls as the chosen axis' move has them.
export function syncComponent() {
  const axis = state.axes.get(chosen());
  if (!axis) return;
  const fresh = { sigmas: 0, layerStart: axis.layerStart, layerEnd: axis.layerEnd, absolute: false };
  const move = state.moves.get(axis.key) ?? fresh;
  $("sigmas").min = axis.from;
  $("sigmas").max = axis.to;
  $("sigmas").value = move.sigmas;
  $("layers-field").hidden = axis.further.length > 0;
  $("layer-start").value = move.layerStart;
  $("layer-end").value = move.layerEnd;
  $("absolute").checked = move.absolute;
  $("sigmas-from").textContent = `${signed(axis.from, axis.isDirection ? 1 : 0)} \u03c3`;
  $("sigmas-to").textContent = `${signed(axis.to, axis.isDirection ? 1 : 0)} \u03c3`;
  $("sigmas-middle").textContent = axis.isDirection ? "the useful range" : "0";
  $("component-note").textContent = axis.note;
  $("component-note").hidden = !axis.note;
  $("sweep").textContent = `Show a strip, ${sweepRange(axis).map((sigmas) => shortly(sigmas)).join(" to ")} \u03c3`;
  drawMove(move.sigmas);
}

const shortly = (sigmas) => (sigmas === 0 ? "0" : signed(sigmas, Number.isInteger(sigmas) ? 0 : 1));
const sweepRange = (axis) => {
  const { sigmas_start: start, sigmas_end: end } = state.model.editing;
  return axis.isDirection ? [axis.from, axis.to] : [start, end];
};

function drawMove(sigmas) {
  const absolute = $("absolute").checked;
  $("sigmas-value").textContent = sigmas === 0 && !absolute ? "0 \u03c3" : amount({ sigmas, absolute });
  $("layers-value").textContent = `${$("layer-start").value} to ${$("layer-end").value - 1}`;
  markFrame(sigmas);
}

function takeMove({ sigmas = Number($("sigmas").value), ...options } = {}) {
  const [layerStart, layerEnd] = [Number($("layer-start").value), Number($("layer-end").value)];
  const move = { sigmas, layerStart, layerEnd, absolute: $("absolute").checked };
  const idle = !isMoved(move) && !isMoved(state.moves.get(chosen()));
  state.moves.set(chosen(), move);
  drawMove(sigmas);
  if (!idle) changed(options);
  else if (!options.keepStrip) hideStrip(); // of other layers now, and the image stays as it is
}

async function sweep() {
  showError("sweep-error", "");
  const axis = state.axes.get(chosen());
  const pick = (sigmas) => {
    $("sigmas").value = sigmas;
    takeMove({ sigmas, keepStrip: true, wait: 0 });
  };
  try {
    const [layerStart, layerEnd] = [Number($("layer-start").value), Number($("layer-end").value)];
    const move = { sigmas: 0, layerStart, layerEnd, absolute: $("absolute").checked };
    await showStrip(axis, move, sweepRange(axis), pick);
    drawMove(Number($("sigmas").value));
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
  follow($("sigmas"), (options) => takeMove({ ...options, keepStrip: true }));
  follow($("layer-start"), (options) => {
    $("layer-end").value = Math.max(Number($("layer-end").value), Number($("layer-start").value) + 1);
    takeMove(options);
  });
  follow($("layer-end"), (options) => {
    $("layer-start").value = Math.min(Number($("layer-start").value), Number($("layer-end").value) - 1);
    takeMove(options);
  });
  $("absolute").addEventListener("change", () => takeMove({ wait: 0 }));
  $("sweep").addEventListener("click", sweep);
}
