// Style mixing: some layers of the image come from another seed.

import { changed, follow } from "./render.js";
import { setUpSource } from "./source.js";
import { state } from "./state.js";
import { $ } from "./viewer.js";

export function setUpMixing() {
  const take = (options) => {
    state.mix = { seed: state.styleSeed, ...layers() };
    syncMixing();
    changed(options);
  };
  const source = setUpSource({
    prefix: "style",
    read: () => state.styleSeed,
    write: (seed) => {
      state.styleSeed = seed;
      if (state.mix) take({ wait: 400 });
    },
    isOpen: () => !$("panel-mixing").hidden && state.model !== null,
  });
  // A mixture on show follows its layers; before that they only say what the button will take.
  const moved = (options) => {
    if (state.mix) take(options);
    else drawLayers();
  };
  follow($("mix-start"), (options) => {
    $("mix-end").value = Math.max(Number($("mix-end").value), Number($("mix-start").value) + 1);
    moved(options);
  });
  follow($("mix-end"), (options) => {
    $("mix-start").value = Math.min(Number($("mix-start").value), Number($("mix-end").value) - 1);
    moved(options);
  });
  $("mix").addEventListener("click", () => take({ wait: 0 }));
  return source;
}

const layers = () => ({ layerStart: Number($("mix-start").value), layerEnd: Number($("mix-end").value) });

// The ranges of the model that is served; from its middle up at first: shape from the one, texture from the other.
export function showMixing() {
  const layersOfModel = state.model.dimensions.num_ws;
  if (state.mix && state.mix.layerEnd > layersOfModel) state.mix = null;
  $("mix-start").max = layersOfModel - 1;
  $("mix-end").max = layersOfModel;
  $("mixing-fields").disabled = false;
  $("mix-start").value = state.mix?.layerStart ?? Math.floor(layersOfModel / 2);
  $("mix-end").value = state.mix?.layerEnd ?? layersOfModel;
  syncMixing();
}

export function syncMixing() {
  drawLayers();
  $("mix").disabled = state.mix !== null;
  $("mix").textContent = state.mix ? "Mixed in; see the list of edits" : "Mix it in";
}

function drawLayers() {
  const { layerStart, layerEnd } = layers();
  $("mix-layers").textContent = `${layerStart} to ${layerEnd - 1}`;
}
