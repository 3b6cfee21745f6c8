// The curation page put together: the bundle's catalogue comes in, cards are filled in, a new catalogue goes out.

import { call, send, stream } from "./api.js";
import { checkCards, componentCard, forgetCards, regionCard } from "./cards.js";
import { begin, catalogue, draft, forget, problems, remember, take } from "./catalogue.js";
import { knownLabels, labelSelectors } from "./labels.js";
import { drawRegions, labelMap } from "./regions.js";
import { save } from "./save.js";
import { grid, redrawAll } from "./sheets.js";

const $ = (id) => document.getElementById(id);
const RANGES = [2 / 3, 1, 4 / 3, 2]; // of the columns, in ranges of a strip
const RETRY = 3000; // milliseconds between tries to reach the server
const UNREACHED = `The image server does not answer. Is it running? Trying again every ${RETRY / 1000} seconds.`;
const SETTINGS = ["first-seed", "num-seeds", "range", "quality"];

let retry = null;
let model = null;
let components = [];
let regions = [];
let labels = {}; // field -> value; fields left out are not asked for
let asked = new Map(); // pictures and label maps that several cards show, by their request

const seeds = () => Array.from({ length: Number($("num-seeds").value) }, (_, i) => Number($("first-seed").value) + i);
const format = () => ($("quality").value === "quick" ? { resolution: model.dimensions.preview_resolution } : {});
const latent = (seed) => ({ recipe: { seed, labels } });

async function connect() {
  clearTimeout(retry);
  try {
    model = await call("GetModel");
    const { num_components: numComponents, num_regions: numRegions } = model.dimensions;
    const listed = numComponents ? await call("ListComponents") : { components: [] };
    const catalogued = numRegions ? await call("ListRegions") : { regions: [] };
    const server = await send("GET", "curation");
    [components, regions] = [listed.components, catalogued.regions];
    const isRemembered = begin(model, server, listed, catalogued);
    showServer(server);
    showRanges(server);
    showLabels();
    showCards();
    if (isRemembered) $("saved").textContent = "Taken up where you left off in this browser.";
  } catch (error) {
    if (error.isUnavailable) retry = setTimeout(connect, RETRY);
    showNotice(error.isUnavailable ? UNREACHED : error.message);
  }
}

function showNotice(text) {
  $("server").dataset.state = "down";
  $("server-text").textContent = "No answer";
  $("notice-text").textContent = text;
  $("notice").hidden = false;
}

function showServer({ writes }) {
  const { name, version, attribution, dimensions } = model;
  $("server").dataset.state = "up";
  $("server-text").textContent = `${name} ${version}`;
  $("attribution").textContent = attribution;
  $("notice").hidden = true;
  $("write").hidden = !writes;
  $("version-field").hidden = !writes;
  $("how-to-write").hidden = writes;
  $("version").value = nextVersion(version);
  const { preview_resolution: preview, resolution } = dimensions;
  $("quality-field").hidden = !preview;
  const full = new Option(`full, ${resolution} pixels`, "full");
  $("quality").replaceChildren(...(preview ? [new Option(`quick, ${preview} pixels`, "quick"), full] : [full]));
  $("quality").value = preview >= 64 ? "quick" : "full";
}

// The ranges of the fields, those that each card is stamped from included.
function showRanges({ max_name_characters: name, max_note_characters: note, max_version_characters: version }) {
  const { editing } = model;
  $("version").maxLength = version;
  const mostRows = Math.max(...[...$("num-seeds").options].map((option) => Number(option.value)));
  $("first-seed").max = editing.max_seed + 1 - 2 * mostRows; // the rows and their references follow it
  for (const field of document.querySelectorAll("input.epsilon")) field.max = editing.max_epsilon;
  const chosen = $("range").value || String(editing.sigmas_end);
  const ranges = RANGES.map((times) => Number((times * editing.sigmas_end).toFixed(1)));
  $("range").replaceChildren(...ranges.map((range) => new Option(`${range} \u03c3`, range)));
  $("range").value = chosen;
  for (const { content } of [$("direction"), $("region")]) {
    for (const field of content.querySelectorAll("[data-field=name]")) field.maxLength = name;
    for (const field of content.querySelectorAll("[data-field=note]")) field.maxLength = note;
    for (const field of content.querySelectorAll("[data-field^=sigmas]")) {
      field.min = -editing.max_sigmas;
      field.max = editing.max_sigmas;
    }
  }
}

function showLabels() {
  const fields = model.label_fields ?? [];
  labels = knownLabels(fields, labels);
  $("labels").replaceChildren(...labelSelectors(fields, labels, redraw));
  $("labels").hidden = fields.length === 0;
}

function redraw() {
  if (!$("settings").checkValidity()) return;
  asked = new Map();
  redrawAll();
}

function nextVersion(version) {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version) ?? [];
  return major === undefined ? "" : `${major}.${Number(minor) + 1}.0`;
}

function showCards() {
  forgetCards();
  $("components-absent").hidden = components.length > 0;
  $("regions-absent").hidden = regions.length > 0;
  $("epsilons").hidden = regions.length === 0;
  $("component-cards").replaceChildren(...components.map((one) => componentCard(one, entered, drawComponent)));
  $("region-cards").replaceChildren(...regions.map((one) => regionCard(one, entered, drawRegion)));
  $("default-epsilon").value = draft.default_epsilon;
  $("low-resolution-epsilon").value = draft.low_resolution_epsilon;
  showCounts();
  checkCards();
}

function entered() {
  const kept = remember();
  const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  $("saved").textContent = kept
    ? `Kept in this browser at ${time}.`
    : "This browser keeps nothing: download the catalogue before you leave.";
  $("problems").hidden = true;
  $("written").hidden = true;
  $("finish-error").hidden = true;
  showCounts();
  checkCards();
}

function showCounts() {
  const count = (list, decision) => list.filter((one) => one.decision === decision).length;
  for (const [id, list] of [["components-count", draft.components], ["regions-count", draft.regions]]) {
    const open = count(list, "undecided");
    $(id).textContent = `${count(list, "keep")} useful, ${count(list, "reject")} set aside, ${open} not decided`;
  }
}

// Rows: seeds. Columns: equal steps along the component.
async function drawComponent(element, index, direction, signal) {
  const k = Number($("range").value);
  const columns = model.editing.sweep_steps;
  const sigmas = Array.from({ length: columns }, (_, i) => -k + (2 * k * i) / (columns - 1));
  const rows = seeds();
  const names = rows.map((seed) => `seed ${seed}`);
  const table = grid(element, sigmas.map(sigmaText), names, `Component ${index}, ${names.join(", ")}, \u2212${k} to +${k} sigma`);
  table.heads.forEach((head, i) => (head.dataset.sigmas = sigmas[i]));
  const edit = { index, layer_start: direction.layer_start, layer_end: direction.layer_end };
  for (const [row, seed] of rows.entries()) {
    if (direction.further?.length) {
      for (const [column, distance] of sigmas.entries()) {
        const request = { latent: latent(seed), edits: editsAlong(edit, direction, distance), format: format() };
        table.place(row, column, (await call("EditComponents", request, signal)).image);
      }
      continue;
    }
    const request = {
      latent: latent(seed),
      edit,
      sigmas_start: -k,
      sigmas_end: k,
      steps: columns,
      format: format(),
    };
    for await (const step of stream("SweepComponent", request, signal)) table.place(row, step.index, step.image);
  }
}

// The component by so many deviations, and what moves with it.
function editsAlong(edit, { reversed, further }, distance) {
  const sigmas = reversed ? -distance : distance;
  return [{ ...edit, sigmas: distance }, ...further.map(({ weight, ...part }) => ({ ...part, sigmas: sigmas * weight }))];
}

function sigmaText(sigmas) {
  if (Math.abs(sigmas) < 1e-9) return "0";
  const text = Math.abs(sigmas).toFixed(Number.isInteger(sigmas) ? 0 : 1);
  return `${sigmas < 0 ? "\u2212" : "+"}${text}`;
}

// Rows: seeds. Columns: the region on the target, a reference, the target with the reference's style there.
async function drawRegion(element, index, signal) {
  const targets = seeds();
  const references = targets.map((seed) => seed + targets.length);
  const names = targets.map((seed, row) => `seeds ${seed}, ${references[row]}`);
  const headings = ["region", "reference", "transferred"];
  const table = grid(element, headings, names, `Region ${index} of the seeds ${targets.join(", ")}, and transfers`);
  for (const [row, target] of targets.entries()) {
    const [image, map] = await Promise.all([picture(target), segmentation(target).then(labelMap)]);
    const outline = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const inside = map.labels.map((label) => Number(label === index));
    drawRegions(outline, inside, map.width, (path, isInside) => path.classList.toggle("outside", !isInside));
    table.place(row, 0, image, outline);
    table.place(row, 1, await picture(references[row]));
    const request = {
      target: latent(target),
      reference: latent(references[row]),
      regions: [{ index }],
      format: format(),
      ...epsilon(),
    };
    const transferred = await call("TransferStyle", request, signal);
    table.place(row, 2, transferred.image);
  }
}

function epsilon() {
  const field = $("default-epsilon");
  return field.value !== "" && field.checkValidity() ? { epsilon: Number(field.value) } : {};
}

const once = (rpc, request) => {
  const key = `${rpc} ${JSON.stringify(request)}`;
  if (!asked.has(key)) {
    const answer = call(rpc, request);
    answer.catch(() => asked.delete(key));
    asked.set(key, answer);
  }
  return asked.get(key);
};
const picture = async (seed) => (await once("Sample", { latents: [latent(seed)], format: format() })).images[0];
const segmentation = (seed) => once("SegmentRegions", { latent: latent(seed) });

// The catalogue, or null when something is wrong with it, which is then listed.
function finished() {
  const found = problems();
  $("finish-error").hidden = true;
  $("written").hidden = true;
  $("problems").hidden = found.length === 0;
  $("problems").replaceChildren(
    ...found.map(({ target, text }) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `#${target}`;
      link.textContent = text;
      item.append(link);
      return item;
    }),
  );
  return found.length > 0 ? null : catalogue(model.bundle_digest);
}

function finishError(text) {
  $("finish-error").textContent = text;
  $("finish-error").hidden = false;
}

function download() {
  const content = model && finished();
  if (!content) return;
  save(`${JSON.stringify(content, null, 2)}\n`, "application/json", "catalogue.json");
}

async function write() {
  const content = model && finished();
  if (!content) return;
  $("write").disabled = true;
  try {
    const answer = await send("POST", "curation", { catalogue: content, version: $("version").value.trim() });
    $("written").textContent = `Written to ${answer.folder}, digest ${answer.digest}. To use it, start the server with --bundle ${answer.folder}`;
    $("written").hidden = false;
  } catch (error) {
    finishError(error.isUnavailable ? "The studio does not answer; what you entered is kept in this browser. Try again." : error.message);
  } finally {
    $("write").disabled = false;
  }
}

async function open() {
  const [file] = $("open").files;
  if (!file || !model) return;
  try {
    const content = JSON.parse(await file.text());
    if (content.bundle_digest && content.bundle_digest !== model.bundle_digest) {
      finishError(`${file.name} was made for another bundle (${content.bundle_digest.slice(0, 12)}\u2026): its components are not these.`);
      return;
    }
    take(content, components.length, regions.length);
    showCards();
    entered();
  } catch {
    finishError(`${file.name} is no catalogue: choose a catalogue.json that this page or the command line has made.`);
  } finally {
    $("open").value = ""; // so that the same file can be chosen again
  }
}

async function startOver() {
  if (!window.confirm("Forget everything entered here and start from the bundle's own catalogue?")) return;
  forget();
  $("saved").textContent = "Started over.";
  await connect();
}

for (const id of SETTINGS) {
  $(id).addEventListener("change", redraw);
}
for (const id of ["default-epsilon", "low-resolution-epsilon"]) {
  $(id).addEventListener("input", () => {
    draft[id.replaceAll("-", "_")] = $(id).validity.badInput ? "?" : $(id).value;
    entered();
  });
}
$("settings").addEventListener("submit", (event) => event.preventDefault());
$("retry").addEventListener("click", connect);
$("download").addEventListener("click", download);
$("write").addEventListener("click", write);
$("open").addEventListener("change", open);
$("start-over").addEventListener("click", startOver);
connect();
