// What the page shows, and the recipes that say so. No element of the page is touched here.

export const MAX_SEED = 4294967295;

export const state = {
  seed: 0,
  psi: 0.65,
  moves: new Map(), // component index -> { sigmas, layerStart, layerEnd }
  transfers: [], // StyleTransfer as proto JSON
  regions: new Set(), // chosen region indices
  referenceSeed: 1,
  epsilon: 40,
  model: null, // GetModelResponse
  components: [], // Component
  catalogue: { regions: [], grid_size: 0 }, // ListRegionsResponse
  image: null, // GeneratedImage on show
};

export function randomSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

// The recipe of the image, all edits included, or without the move along one component.
export function recipe(withoutComponent = null) {
  const moves = [...state.moves].filter(([index, move]) => index !== withoutComponent && move.sigmas !== 0);
  return {
    ...plainRecipe(state.seed),
    component_edits: moves.map(([index, move]) => ({
      index,
      sigmas: move.sigmas,
      layer_start: move.layerStart,
      layer_end: move.layerEnd,
    })),
    style_transfers: state.transfers,
  };
}

// The recipe of a seed without edits.
export function plainRecipe(seed) {
  return { seed, truncation: { psi: state.psi } };
}

export function isEdited() {
  return state.transfers.length > 0 || [...state.moves.values()].some((move) => move.sigmas !== 0);
}

export function componentName(index) {
  return state.components[index]?.name || `Component ${index}`;
}

export function regionName(index) {
  return state.catalogue.regions[index]?.name || `Region ${index}`;
}

export function regionTint(index) {
  return `hsl(${(35 + index * 137.5) % 360} 48% 68%)`; // steps of the golden angle keep neighbours apart
}

export function signed(number) {
  return `${number < 0 ? "\u2212" : "+"}${Math.abs(number).toFixed(1)}`;
}

// For people: seeds are numbers (proto JSON writes 64 bit integers as text), and empty lists are left out.
export function recipeText(proto) {
  const tidy = (key, value) => {
    if (key === "seed") return Number(value);
    return Array.isArray(value) && value.length === 0 ? undefined : value;
  };
  return JSON.stringify(proto, tidy, 2);
}
