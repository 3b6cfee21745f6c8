// What the page shows, and the recipes that say so. No element of the page is touched here.

export const state = {
  seed: 0,
  psi: null, // null: the model's default
  labels: {}, // field -> value; fields left out are unknown
  noise: null, // Noise as proto JSON; null: the image's own
  mix: null, // { seed, layerStart, layerEnd }: layers that come from another seed
  moves: new Map(), // key of an axis -> { sigmas, layerStart, layerEnd, absolute }
  transfers: [], // StyleTransfer as proto JSON
  regions: new Set(), // chosen region indices
  referenceSeed: 1,
  styleSeed: 2,
  epsilon: null, // null: the model's default
  model: null, // GetModelResponse; `editing` in it has every default and range
  axes: new Map(), // key -> axis, named directions first
  catalogue: { regions: [], grid_size: 0 }, // ListRegionsResponse
  image: null, // GeneratedImage on show
};

export function randomSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0] % (state.model.editing.max_seed + 1);
}

// All that an image can be moved along, of a ListComponentsResponse.
export function axesOf({ components, directions = [] }) {
  const { editing, dimensions } = state.model;
  const named = directions.map((direction) => ({
    key: `direction:${direction.name}`,
    name: direction.name,
    text: direction.name,
    note: direction.note,
    choice: { name: direction.name },
    index: direction.index,
    isReversed: direction.reversed,
    layerStart: direction.layer_start,
    layerEnd: direction.layer_end,
    further: direction.further ?? [], // components that move with it, on layers of their own
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
      index: component.index,
      isReversed: false,
      further: [],
      layerStart: 0,
      layerEnd: dimensions.num_ws,
      from: 2 * editing.sigmas_start, // twice what a strip shows
      to: 2 * editing.sigmas_end,
      isDirection: false,
    };
  });
  return new Map([...named, ...all].map((axis) => [axis.key, axis]));
}

export const isMoved = (move) => move !== undefined && (move.sigmas !== 0 || move.absolute);

// ComponentEdit of a move, as proto JSON.
export function editOf(key, move) {
  const { choice, further } = state.axes.get(key);
  return {
    ...choice,
    sigmas: move.sigmas,
    ...(further.length > 0 ? {} : { layer_start: move.layerStart, layer_end: move.layerEnd }),
    mode: move.absolute ? "EDIT_MODE_ABSOLUTE" : "EDIT_MODE_RELATIVE",
  };
}

// Where a move acts, for people.
export function layersText(key, move) {
  const { further } = state.axes.get(key);
  return further.length > 0 ? `${1 + further.length} components` : `layers ${move.layerStart} to ${move.layerEnd - 1}`;
}

// The recipe of the image, all edits included, or without the move along one axis. `parts`: those of the state, or others.
export function recipe(withoutKey = null, parts = state) {
  const moves = [...parts.moves].filter(([key, move]) => key !== withoutKey && isMoved(move));
  return {
    ...origin(parts),
    ...noise(parts),
    component_edits: moves.map(([key, move]) => editOf(key, move)),
    style_transfers: parts.transfers,
  };
}

function origin(parts) {
  const base = plainRecipe(parts.seed, parts);
  if (!parts.mix) return base;
  const { seed, layerStart, layerEnd } = parts.mix;
  return { mixing: { base, style: plainRecipe(seed, parts), layer_start: layerStart, layer_end: layerEnd } };
}

function noise({ noise }) {
  return noise === null ? {} : { noise };
}

// The recipe of a seed without edits.
export function plainRecipe(seed, { labels, psi } = state) {
  return { seed, labels, truncation: { psi } };
}

// The image of the seed as it was before all edits.
export function uneditedRecipe() {
  return { ...plainRecipe(state.seed), ...noise(state) };
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

// In an image with these labels: the same place is another part of the breast in another view.
export function regionName(index, labels = state.labels) {
  const region = state.catalogue.regions[index];
  const fits = ({ field, value }) => labels[field] === value;
  return region?.labelled_names?.find(fits)?.name || region?.name || `Region ${index}`;
}

export function regionTint(index) {
  const { colour } = state.catalogue.regions[index];
  return colour === "#000000" ? "#828282" : colour; // black lines would not be seen
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
