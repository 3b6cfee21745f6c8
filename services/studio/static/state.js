// What the page shows, and the recipes that say so. No element of the page is touched here.

export const MAX_SEED = 4294967295;

export const state = {
  seed: 0,
  psi: 0.65,
  labels: {}, // field -> value; fields left out are unknown
  noiseSeed: null, // null: the model's own noise
  mix: null, // { seed, layerStart, layerEnd }: layers that come from another seed
  moves: new Map(), // key of an axis -> { sigmas, layerStart, layerEnd, absolute }
  transfers: [], // StyleTransfer as proto JSON
  regions: new Set(), // chosen region indices
  referenceSeed: 1,
  styleSeed: 2,
  epsilon: null, // null: the model's
  model: null, // GetModelResponse
  axes: new Map(), // key -> axis, named directions first
  catalogue: { regions: [], grid_size: 0 }, // ListRegionsResponse
  image: null, // GeneratedImage on show
};

export function randomSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

// All that an image can be moved along, of a ListComponentsResponse.
export function axesOf({ components, directions = [] }) {
  const named = directions.map((direction) => ({
    key: `direction:${direction.name}`,
    name: direction.name,
    text: direction.name,
    note: direction.note,
    choice: { name: direction.name },
    layerStart: direction.layer_start,
    layerEnd: direction.layer_end,
    from: Math.min(0, direction.sigmas_start),
    to: Math.max(0, direction.sigmas_end),
    isDirection: true,
  }));
  const all = components.map((component) => {
    const share = (100 * component.explained_variance_ratio).toFixed(1);
    const set = component.rejected ? ", set aside by the curator" : "";
    return {
      key: String(component.index),
      name: `Component ${component.index}`,
      text: `Component ${component.index} \u2013 ${share} % of variance${set}`,
      note: "",
      choice: { index: component.index },
      layerStart: 0,
      layerEnd: state.model.dimensions.num_ws,
      from: -6,
      to: 6,
      isDirection: false,
    };
  });
  return new Map([...named, ...all].map((axis) => [axis.key, axis]));
}

export const isMoved = (move) => move !== undefined && (move.sigmas !== 0 || move.absolute);

// ComponentEdit of a move, as proto JSON.
export function editOf(key, move) {
  return {
    ...state.axes.get(key).choice,
    sigmas: move.sigmas,
    layer_start: move.layerStart,
    layer_end: move.layerEnd,
    mode: move.absolute ? "EDIT_MODE_ABSOLUTE" : "EDIT_MODE_RELATIVE",
  };
}

// The recipe of the image, all edits included, or without the move along one axis.
export function recipe(withoutKey = null) {
  const moves = [...state.moves].filter(([key, move]) => key !== withoutKey && isMoved(move));
  return {
    ...origin(),
    ...noise(),
    component_edits: moves.map(([key, move]) => editOf(key, move)),
    style_transfers: state.transfers,
  };
}

function origin() {
  if (!state.mix) return plainRecipe(state.seed);
  const { seed, layerStart, layerEnd } = state.mix;
  const mixing = { base: plainRecipe(state.seed), style: plainRecipe(seed), layer_start: layerStart, layer_end: layerEnd };
  return { mixing };
}

function noise() {
  return state.noiseSeed === null ? {} : { noise: { mode: "NOISE_MODE_RANDOM", seed: state.noiseSeed } };
}

// The recipe of a seed without edits.
export function plainRecipe(seed) {
  return { seed, labels: state.labels, truncation: { psi: state.psi } };
}

// The image of the seed as it was before all edits.
export function uneditedRecipe() {
  return { ...plainRecipe(state.seed), ...noise() };
}

export function isEdited() {
  return state.transfers.length > 0 || state.mix !== null || [...state.moves.values()].some(isMoved);
}

// ImageFormat of a quick look while a control moves; null when the model has none.
export function previewFormat() {
  const resolution = state.model?.dimensions.preview_resolution;
  return resolution ? { resolution } : null;
}

// ImageFormat of a small picture on the page: a quick look where that is good enough.
export function smallFormat() {
  return state.model?.dimensions.preview_resolution >= 64 ? previewFormat() : {};
}

export function regionName(index) {
  return state.catalogue.regions[index]?.name || `Region ${index}`;
}

export function regionTint(index) {
  return `hsl(${(35 + index * 137.5) % 360} 48% 68%)`; // steps of the golden angle keep neighbours apart
}

export function signed(number, digits = 1) {
  return `${number < 0 ? "\u2212" : "+"}${Math.abs(number).toFixed(digits)}`;
}

// "+1.5 sigma", or what an absolute move aims at.
export function amount(move) {
  if (!move.absolute) return `${signed(move.sigmas)} \u03c3`;
  return move.sigmas === 0 ? "at the average" : `at ${signed(move.sigmas)} \u03c3`;
}

// For people: seeds are numbers (proto JSON writes 64 bit integers as text), and what is empty is left out.
export function recipeText(proto) {
  const tidy = (key, value) => {
    if (key === "seed") return Number(value);
    const empty = value !== null && typeof value === "object" && Object.keys(value).length === 0;
    return empty ? undefined : value;
  };
  return JSON.stringify(proto, tidy, 2);
}
