// The brush: an area painted over the image, in which the reference's style replaces the image's own.

import { greyPng } from "./png.js";
import { state } from "./state.js";
import { $ } from "./viewer.js";

const surface = () => $("paint").getContext("2d", { willReadFrequently: true });

let last = null; // where the stroke was, in pixels of the image

// Whether the transfer stays within an area, and whether that is painted.
export const isMasked = () => !$("locality-field").hidden && $("locality-masked").checked;
export const isPainted = () => isMasked() && $("paint").dataset.painted === "true";

// For the model that is served.
export function showBrush() {
  const size = state.model.dimensions.resolution;
  $("locality-field").hidden = !(state.model.max_style_sets > 1);
  Object.assign($("paint"), { width: size, height: size });
  clear();
}

function clear() {
  surface().clearRect(0, 0, $("paint").width, $("paint").height);
  $("paint").dataset.painted = "false";
  draw();
}

// What belongs to the choice: the budget to channels, brush and softness to an area.
function draw() {
  const masked = isMasked();
  $("epsilon-field").hidden = masked;
  $("brush-fields").hidden = !masked;
  $("brush-clear").disabled = !isPainted();
  $("brush-size-value").textContent = `${$("brush-size").value} % of the width`;
  $("feather-value").textContent = `${$("feather").value} % of the width`;
  $("paint").hidden = !masked || $("panel-regions").hidden || !isOn("brush");
}

// Puts the brush away, so that nothing lies over the result; what is painted stays.
export function putAway() {
  for (const id of ["brush", "erase"]) $(id).setAttribute("aria-pressed", "false");
  draw();
}

// The tab has been opened or left.
export const syncBrush = draw;

// [mask_png, feather] of a request, as proto JSON; the mask only where something is painted.
export async function maskOfRequest() {
  const feather = Number($("feather").value) / 100;
  if (!isPainted()) return { feather };
  const { width, height } = $("paint");
  const file = await greyPng(painted(), width, height);
  return { feather, mask_png: btoa(String.fromCharCode(...file)) };
}

// 255 for each pixel that is painted, 0 for the others: a stroke's soft border is half painted and half erased.
function painted() {
  const { width, height } = $("paint");
  const { data } = surface().getImageData(0, 0, width, height);
  return Uint8Array.from({ length: width * height }, (_, pixel) => (data[4 * pixel + 3] > 127 ? 255 : 0));
}

function place(event) {
  const box = $("paint").getBoundingClientRect();
  const { width, height } = $("paint");
  return [((event.clientX - box.x) / box.width) * width, ((event.clientY - box.y) / box.height) * height];
}

function stroke(from, to) {
  const context = surface();
  context.globalCompositeOperation = isOn("erase") ? "destination-out" : "source-over";
  context.strokeStyle = "rgb(255 176 32)";
  context.lineWidth = (Number($("brush-size").value) / 100) * $("paint").width;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(to[0], to[1] + 0.01); // a line of no length would not be drawn
  context.stroke();
}

function ended() {
  if (last === null) return;
  last = null;
  $("paint").dataset.painted = String(painted().includes(255));
  draw();
}

const isOn = (id) => $(id).getAttribute("aria-pressed") === "true";
const toggle = (button) => button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));

export function setUpBrush() {
  const canvas = $("paint");
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    stroke(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last === null) return;
    const to = place(event);
    stroke(last, to);
    last = to;
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) canvas.addEventListener(name, ended);
  for (const id of ["locality-channels", "locality-masked", "brush-size", "feather"]) $(id).addEventListener("input", draw);
  for (const id of ["brush", "erase"]) {
    $(id).addEventListener("click", () => {
      toggle($(id));
      const other = id === "brush" ? "erase" : "brush"; // to erase is to have the brush out
      if (id === "brush" || isOn("erase")) $(other).setAttribute("aria-pressed", String(id === "erase"));
      draw();
    });
  }
  $("brush-clear").addEventListener("click", clear);
}
