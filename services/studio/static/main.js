// The page put together: controls change the state, the state asks for an image, the image is shown.

import { call } from "./api.js";
import { setUpBrush, showBrush, syncBrush } from "./brush.js";
import { setUpComponents, showComponents, syncComponent } from "./components.js";
import { setUpDownloads } from "./downloads.js";
import { setUpMixing, showMixing, syncMixing } from "./mixing.js";
import { setUpOpening } from "./opening.js";
import { changed, drawList, failed, hooks, render, toggleComparison } from "./render.js";
import { setUpSample, showLabels, syncSample } from "./sample.js";
import { axesOf, state } from "./state.js";
import { segment, setUpTransfer, showRegions } from "./transfer.js";
import { $, setServer, showNotice } from "./viewer.js";

const RETRY = 3000; // milliseconds between tries to reach the server
const TABS = ["components", "regions", "mixing"];
let retry = null;

async function connect() {
  clearTimeout(retry);
  try {
    state.model = await call("GetModel");
    state.axes = state.model.dimensions.num_components ? axesOf(await call("ListComponents")) : new Map();
    if (state.model.dimensions.num_regions) state.catalogue = await call("ListRegions");
  } catch (error) {
    failed(error);
    return;
  }
  for (const key of [...state.moves.keys()].filter((key) => !state.axes.has(key))) state.moves.delete(key);
  const { name, version, dimensions, attribution } = state.model;
  setServer("up", `${name} ${version} \u00b7 ${dimensions.resolution} \u00d7 ${dimensions.resolution}`);
  $("attribution").textContent = attribution;
  syncSample();
  showLabels(labelsChanged);
  showComponents();
  showRegions();
  showBrush();
  showMixing();
  drawOutlines();
  await render();
}

function openTab(name) {
  for (const each of TABS) {
    const open = each === name;
    $(`tab-${each}`).setAttribute("aria-selected", String(open));
    $(`tab-${each}`).tabIndex = open ? 0 : -1;
    $(`panel-${each}`).hidden = !open;
  }
  drawOutlines();
  syncBrush();
  segment();
  for (const source of sources) source.opened();
}

// The outlines of the regions belong to their tab, and can be put away to see the image.
function drawOutlines() {
  const inTab = !$("panel-regions").hidden && state.catalogue.regions.length > 0;
  $("outlines").hidden = !inTab;
  $("regions").toggleAttribute("hidden", !inTab || $("outlines").getAttribute("aria-pressed") !== "true");
}

function sourcesChanged() {
  for (const source of sources) source.changed();
}

function labelsChanged() {
  sourcesChanged();
  showRegions();
}

function syncEdits() {
  syncComponent();
  syncMixing();
}

for (const [position, name] of TABS.entries()) {
  $(`tab-${name}`).addEventListener("click", () => openTab(name));
  $(`tab-${name}`).addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    const other = TABS[(position + step + TABS.length) % TABS.length];
    openTab(other);
    $(`tab-${other}`).focus();
  });
}

hooks.removed = syncEdits;
hooks.shown = segment;
hooks.lost = (reason) => {
  setServer("down", "No answer");
  showNotice("No connection", `${reason} Trying again every ${RETRY / 1000} seconds.`);
  clearTimeout(retry);
  retry = setTimeout(connect, RETRY);
};

$("compare").addEventListener("click", toggleComparison);
$("outlines").addEventListener("click", () => {
  $("outlines").setAttribute("aria-pressed", String($("outlines").getAttribute("aria-pressed") !== "true"));
  drawOutlines();
});
$("retry").addEventListener("click", connect);
$("controls").addEventListener("submit", (event) => event.preventDefault());
$("clear-edits").addEventListener("click", () => {
  state.moves.clear();
  state.transfers = [];
  state.mix = null;
  syncEdits();
  changed({ wait: 0 });
});

state.seed = Math.floor(Math.random() * 1000);
state.referenceSeed = Math.floor(Math.random() * 1000);
state.styleSeed = Math.floor(Math.random() * 1000);
setUpSample(sourcesChanged);
setUpComponents();
setUpDownloads();
setUpOpening(() => {
  syncSample();
  showLabels(labelsChanged);
  syncEdits();
  showMixing();
  sourcesChanged();
});
setUpBrush();
const sources = [setUpTransfer(), setUpMixing()];
connect();
