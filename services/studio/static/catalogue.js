// What the curator has said so far, and the catalogue that comes of it. No element of the page is touched here.

export const draft = {
  components: [], // { decision, directions: [{ name, reversed, layer_start, layer_end, sigmas_start, sigmas_end, note, evidence, further, side_effects }] }
  regions: [], // { decision, name, note, labelled_names }
  default_epsilon: "", // as in its field; empty: the services' default
  low_resolution_epsilon: "",
};

let layers = 0; // of the model
let editing = null; // defaults and ranges, as GetModel has them
let lengths = null; // most characters of { name, note }
let storageKey = "";

// A direction of the whole network that nobody has said anything about.
export function emptyDirection() {
  return { name: "", reversed: false, layer_start: 0, layer_end: layers, sigmas_start: editing.sigmas_start, sigmas_end: editing.sigmas_end, note: "", evidence: null, further: [], side_effects: [] };
}

// Starts from the catalogue that the bundle has, or from what this browser remembers of this bundle. Whether it does.
export function begin(model, server, listed, regions) {
  layers = model.dimensions.num_ws;
  editing = model.editing;
  lengths = { name: server.max_name_characters, note: server.max_note_characters };
  storageKey = `mammoganesis:curation:${model.bundle_digest}`;
  take({
    directions: listed.directions ?? [],
    rejected_components: listed.components.filter((component) => component.rejected).map((component) => component.index),
    regions: regions.regions,
    default_epsilon: regions.default_epsilon || null,
    low_resolution_epsilon: regions.low_resolution_epsilon ?? null,
  }, listed.components.length, regions.regions.length);
  const kept = remembered();
  if (kept) Object.assign(draft, kept);
  return kept !== null;
}

// A catalogue as the draft of as many components and regions.
export function take(catalogue, numComponents, numRegions) {
  const rejected = new Set(catalogue.rejected_components ?? []);
  draft.components = Array.from({ length: numComponents }, (_, index) => {
    const directions = (catalogue.directions ?? []).filter((direction) => direction.index === index);
    return {
      decision: directions.length > 0 ? "keep" : rejected.has(index) ? "reject" : "undecided",
      directions: directions.length > 0 ? directions.map(directionOf) : [emptyDirection()],
    };
  });
  draft.regions = Array.from({ length: numRegions }, (_, index) => {
    const said = (catalogue.regions ?? []).find((region) => region.index === index) ?? {};
    const decision = said.rejected ? "reject" : said.name ? "keep" : "undecided";
    return { decision, name: said.name ?? "", note: said.note ?? "", labelled_names: said.labelled_names ?? [] };
  });
  draft.default_epsilon = catalogue.default_epsilon ?? "";
  draft.low_resolution_epsilon = catalogue.low_resolution_epsilon ?? "";
}

function directionOf({ index, evidence, ...fields }) {
  return { ...emptyDirection(), ...fields, evidence: evidence ?? null };
}

function remembered() {
  try {
    const kept = JSON.parse(localStorage.getItem(storageKey));
    const fits = kept?.components?.length === draft.components.length && kept?.regions?.length === draft.regions.length;
    return fits ? kept : null;
  } catch {
    return null; // a browser that keeps nothing, or something else under our key
  }
}

// Whether the browser has kept it.
export function remember() {
  try {
    localStorage.setItem(storageKey, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function forget() {
  try {
    localStorage.removeItem(storageKey);
  } catch {
    // It kept nothing anyway.
  }
}

// What a field of a number holds, or null.
const numberIn = (value) => (value === "" || value === null || Number.isNaN(Number(value)) ? null : Number(value));

// catalogue.json of the draft for one bundle; as good as the draft is, see `problems`.
export function catalogue(bundleDigest) {
  const kept = draft.components.flatMap(({ decision, directions }, index) =>
    decision === "keep" ? directions.map((direction) => ({ index, ...direction, note: direction.note.trim() })) : [],
  );
  return {
    bundle_digest: bundleDigest,
    directions: kept,
    rejected_components: draft.components.flatMap(({ decision }, index) => (decision === "reject" ? [index] : [])),
    regions: draft.regions.map(({ decision, name, note, labelled_names }, index) => ({
      index,
      name: decision === "undecided" ? "" : name,
      labelled_names,
      note: note.trim(),
      rejected: decision === "reject",
    })),
    default_epsilon: numberIn(draft.default_epsilon),
    low_resolution_epsilon: numberIn(draft.low_resolution_epsilon),
  };
}

// What is wrong with the entry, as a sentence; "" for nothing. `names`: how often each name is there.
export function problemOfDirection(direction, names) {
  const { name, layer_start: first, layer_end: end, sigmas_start: from, sigmas_end: to } = direction;
  if (!name) return "Give it a name, or choose \u201cnot decided\u201d.";
  if (!isName(name)) return `${BAD_NAME}, such as breast-size.`;
  if (names.get(name) > 1) return `Name: ${name} is there twice; each direction needs its own.`;
  const whole = Number.isInteger(first) && Number.isInteger(end);
  if (!whole || first < 0 || end <= first || end > layers) return `Layers: whole numbers, from 0 up to ${layers}, the first one lower.`;
  const most = editing.max_sigmas;
  const inside = (value) => value !== null && Math.abs(value) <= most;
  if (!inside(from) || !inside(to) || from > to) return `Useful range: from \u2212${most} to ${most}, the smaller one first.`;
  return problemOfNote(direction.note);
}

export function problemOfRegion({ decision, name, note }, names) {
  if (decision === "keep" && !name) return "Give it a name, or choose \u201cnot decided\u201d.";
  if (name && !isName(name)) return `${BAD_NAME}, such as upper-skin.`;
  if (names.get(name) > 1) return `Name: ${name} is there twice; each region needs its own.`;
  return problemOfNote(note);
}

const problemOfNote = (note) => (note.trim().length > lengths.note ? `What is seen: ${lengths.note} characters at most.` : "");

const BAD_NAME = "Name: lower-case letters, digits and single hyphens";
const isName = (name) => name.length <= lengths.name && new RegExp(`^(?:${editing.name_pattern})$`).test(name);

// [{ target: id of the element concerned, text }] of everything that is wrong.
export function problems() {
  const found = [];
  const directionNames = counts(keptDirections().map((direction) => direction.name));
  draft.components.forEach(({ decision, directions }, index) => {
    if (decision !== "keep") return;
    const text = directions.map((direction) => problemOfDirection(direction, directionNames)).find(Boolean);
    if (text) found.push({ target: `component-${index}`, text: `Component ${index}. ${text}` });
  });
  const regionNames = counts(namedRegions().map((region) => region.name));
  draft.regions.forEach((region, index) => {
    const text = region.decision === "undecided" ? problemOfNote(region.note) : problemOfRegion(region, regionNames);
    if (text) found.push({ target: `region-${index}`, text: `Region ${index}. ${text}` });
  });
  const [epsilon, low] = [draft.default_epsilon, draft.low_resolution_epsilon];
  const wrong = (text, smallest) => text !== "" && !(numberIn(text) >= smallest && numberIn(text) <= editing.max_epsilon);
  if (wrong(epsilon, Number.MIN_VALUE)) {
    found.push({ target: "default-epsilon", text: `Default budget: a number above 0, up to ${editing.max_epsilon}, or nothing.` });
  }
  if (wrong(low, 0)) {
    found.push({ target: "low-resolution-epsilon", text: `Budget of the coarse layers: 0 to ${editing.max_epsilon}, or nothing.` });
  }
  return found;
}

const keptDirections = () =>
  draft.components.filter((component) => component.decision === "keep").flatMap((component) => component.directions);
const namedRegions = () => draft.regions.filter((region) => region.decision !== "undecided" && region.name);

export const directionNames = () => counts(keptDirections().map((direction) => direction.name));
export const regionNames = () => counts(namedRegions().map((region) => region.name));

function counts(names) {
  const found = new Map();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
  return found;
}
