// One card a component or region: its sheet, what is said about it, and whether that is well said.

import { directionNames, draft, emptyDirection, problemOfDirection, problemOfRegion, regionNames } from "./catalogue.js";
import { addSheet, redraw, removeSheet } from "./sheets.js";

const $ = (id) => document.getElementById(id);
const stamp = (id) => $(id).content.firstElementChild.cloneNode(true);
const checks = []; // a function a card that shows what is wrong with it

// `onChange()` after every entry, `drawSheet(element, index, direction, signal)` for a component's sheet.
export function componentCard(component, onChange, drawSheet) {
  const said = draft.components[component.index];
  const share = (100 * component.explained_variance_ratio).toFixed(1);
  const id = `component-${component.index}`;
  const card = frame(id, `Component ${component.index}`, `${share} % of variance`, said, onChange);
  const more = document.createElement("button");
  more.type = "button";
  more.className = "link more";
  more.textContent = "Another direction of this component, on other layers";
  const entries = [];

  function addEntry(direction) {
    const entry = stamp("direction");
    const sheet = entry.querySelector(".sheet");
    const item = { entry, direction };
    bind(entry, direction, (field) => {
      if (["name", "note"].includes(field) && direction[field] && said.decision === "undecided") decide(card, said, "keep");
      if (["layer_start", "layer_end", "reversed"].includes(field)) forgetMeasured(entry, direction);
      if (["layer_start", "layer_end"].includes(field) || (field === "reversed" && direction.further?.length)) redraw(sheet);
      markSheet(sheet, direction);
      onChange();
    });
    showEvidence(entry, direction);
    entry.querySelector(".remove").addEventListener("click", () => {
      removeSheet(sheet);
      entries.splice(entries.indexOf(item), 1);
      said.directions = entries.map((one) => one.direction);
      entry.remove();
      drawRemovals();
      more.focus();
      onChange();
    });
    entries.push(item);
    more.before(entry);
    addSheet(sheet, async (signal) => {
      await drawSheet(sheet, component.index, direction, signal);
      markSheet(sheet, direction);
    });
    drawRemovals();
    return entry;
  }

  function drawRemovals() {
    for (const { entry } of entries) entry.querySelector(".remove").hidden = entries.length === 1;
  }

  more.addEventListener("click", () => {
    const direction = emptyDirection();
    said.directions.push(direction);
    addEntry(direction).querySelector("[data-field=name]").focus();
    onChange();
  });
  card.querySelector(".body").append(more);
  for (const direction of said.directions) addEntry(direction);
  checks.push(() => {
    const names = directionNames();
    for (const { entry, direction } of entries) {
      const text = said.decision === "keep" ? problemOfDirection(direction, names) : "";
      showProblem(entry, text);
    }
    more.hidden = said.decision !== "keep";
  });
  return card;
}

export function regionCard(region, onChange, drawSheet) {
  const said = draft.regions[region.index];
  const share = Math.round(100 * region.area_share);
  const card = frame(`region-${region.index}`, `Region ${region.index}`, `${share} % of the area`, said, onChange);
  const entry = stamp("region");
  bind(entry, said, (field) => {
    if (said[field] && said.decision === "undecided") decide(card, said, "keep");
    onChange();
  });
  card.querySelector(".body").append(entry);
  addSheet(entry.querySelector(".sheet"), (signal) => drawSheet(entry.querySelector(".sheet"), region.index, signal));
  checks.push(() => showProblem(entry, said.decision === "undecided" ? "" : problemOfRegion(said, regionNames())));
  return card;
}

// Shows under each card what is wrong with it.
export function checkCards() {
  for (const check of checks) check();
}

export function forgetCards() {
  for (const sheet of document.querySelectorAll(".card .sheet")) removeSheet(sheet);
  checks.length = 0;
}

function frame(id, title, detail, said, onChange) {
  const card = stamp("card");
  const small = document.createElement("small");
  small.textContent = detail;
  card.id = id;
  card.querySelector("h3").append(title, small);
  card.querySelector("h3").id = `${id}-title`;
  card.setAttribute("aria-labelledby", `${id}-title`);
  for (const radio of card.querySelectorAll("[type=radio]")) {
    radio.name = `${id}-decision`;
    radio.addEventListener("change", () => {
      decide(card, said, radio.value);
      onChange();
    });
  }
  decide(card, said, said.decision);
  return card;
}

function decide(card, said, decision) {
  said.decision = decision;
  card.dataset.decision = decision;
  card.querySelector(`[type=radio][value=${decision}]`).checked = true;
}

// The fields of an entry and the properties of `target` that they show.
function bind(entry, target, onInput) {
  for (const input of entry.querySelectorAll("[data-field]")) {
    const { field } = input.dataset;
    if (input.type === "checkbox") input.checked = target[field];
    else input.value = target[field] ?? "";
    input.addEventListener("input", () => {
      target[field] = valueOf(input);
      onInput(field);
    });
  }
}

function valueOf(input) {
  if (input.type === "checkbox") return input.checked;
  if (input.type === "number") return input.value === "" ? null : Number(input.value);
  return input.value.replace(/\s+/g, " ").trimStart(); // a note is one line in the catalogue
}

function showProblem(entry, text) {
  const error = entry.querySelector(".error");
  error.textContent = text;
  error.hidden = !text;
  entry.querySelector("[data-field=name]").setAttribute("aria-invalid", String(text.startsWith("Name")));
}

// What moves with the component, and what was measured.
function showEvidence(entry, { further, evidence }) {
  const line = entry.querySelector(".evidence");
  const sentences = (further ?? []).map(
    ({ index, weight, layer_start: first, layer_end: end }) => `With ${weight.toFixed(2)} of component ${index}, layers ${first} to ${end - 1}.`,
  );
  if (evidence) {
    const { attribute, spearman_rho: rho, num_seeds: seeds } = evidence;
    sentences.push(`Measured: ${attribute.replaceAll("_", " ")}, Spearman\u2019s \u03c1 ${rho.toFixed(2)} over ${seeds} seeds.`);
  }
  line.hidden = sentences.length === 0;
  line.textContent = sentences.join(" ");
}

// What was measured holds for the layers and the sign that it was measured with.
function forgetMeasured(entry, direction) {
  direction.evidence = null;
  direction.side_effects = [];
  showEvidence(entry, direction);
}

// The columns of the useful range, and the order that the sign gives them.
function markSheet(sheet, { reversed, sigmas_start: from, sigmas_end: to }) {
  sheet.classList.toggle("reversed", reversed);
  for (const head of sheet.querySelectorAll(".heads span")) {
    const sigmas = Number(head.dataset.sigmas);
    head.classList.toggle("useful", from !== null && to !== null && sigmas >= from && sigmas <= to);
  }
}
