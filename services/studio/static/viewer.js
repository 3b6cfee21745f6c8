// The stage: the image, its state, and what lies over it.

import { imageUrl } from "./api.js";
import { regionName, regionTint, state } from "./state.js";
import { drawRegions } from "./regions.js";

export const $ = (id) => document.getElementById(id);

let shownUrl = null;

export function setBusy(busy) {
  $("progress").hidden = !busy;
  if (busy) $("stage").dataset.state = "loading";
}

// Puts a GeneratedImage on the stage.
export async function showImage(image, description) {
  const url = imageUrl(image);
  const picture = $("image");
  picture.src = url;
  await picture.decode().catch(() => {});
  if (picture.src !== url) {
    URL.revokeObjectURL(url); // a newer image has taken its place
    return;
  }
  if (shownUrl) URL.revokeObjectURL(shownUrl);
  shownUrl = url;
  picture.hidden = false;
  picture.alt = `Synthetic mammogram: ${description}`;
  picture.classList.toggle("pixelated", image.width < 64);
  $("stage").dataset.state = "ready";
  $("notice").hidden = true;
}

export function showNotice(title, text) {
  $("notice-title").textContent = title;
  $("notice-text").textContent = text;
  $("notice").hidden = false;
  $("stage").dataset.state = "failed";
}

// A message under a control; empty for none.
export function showError(id, text) {
  $(id).textContent = text;
  $(id).hidden = !text;
}

export function setServer(mode, text) {
  $("server").dataset.state = mode;
  $("server-text").textContent = text;
}

export function drawOverlay(labels, grid, onPick) {
  drawRegions($("regions"), labels, grid, (path, region) => {
    path.style.setProperty("--tint", regionTint(region));
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = regionName(region);
    path.append(title);
    path.addEventListener("click", () => onPick(region));
  });
  markChosenRegions();
}

export function markChosenRegions() {
  for (const path of $("regions").querySelectorAll("path")) {
    path.classList.toggle("chosen", state.regions.has(Number(path.dataset.region)));
  }
  for (const chip of $("region-choices").children) {
    chip.setAttribute("aria-pressed", String(state.regions.has(Number(chip.dataset.region))));
  }
}

export function hintRegion(region, on) {
  $("regions").querySelector(`path[data-region="${region}"]`)?.classList.toggle("hinted", on);
}
