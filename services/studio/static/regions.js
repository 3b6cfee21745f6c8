// The label map over the image: one outline a region, to be picked by a click.

import { bytes } from "./api.js";

const SVG = "http://www.w3.org/2000/svg";
const ROUNDING = 0.5; // of a pixel, at corners

// The region index of each pixel of an image, row by row, and its width, of an answer of SegmentRegions.
export async function labelMap(answer) {
  const file = new Blob([bytes(answer.label_map_png)], { type: "image/png" });
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  const { width, height } = bitmap;
  const surface = new OffscreenCanvas(width, height).getContext("2d");
  surface.drawImage(bitmap, 0, 0);
  const { data } = surface.getImageData(0, 0, width, height);
  return { labels: Array.from({ length: width * height }, (_, pixel) => data[4 * pixel]), width };
}

// labels: grid * grid region indices, row by row. Draws into `svg`; `decorate(path, region)` finishes each outline.
export function drawRegions(svg, labels, grid, decorate) {
  svg.setAttribute("viewBox", `0 0 ${grid} ${grid}`);
  svg.replaceChildren();
  for (const region of new Set(labels)) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", outline(labels, grid, region));
    path.dataset.region = region;
    decorate(path, region);
    svg.append(path);
  }
}

// The border of all cells of one region as closed loops with rounded corners.
function outline(labels, grid, region) {
  const inside = (x, y) => x >= 0 && y >= 0 && x < grid && y < grid && labels[y * grid + x] === region;
  const next = new Map(); // corner -> corners that a border leads to, the region on the right hand
  const addEdge = (fromX, fromY, toX, toY) => {
    const key = `${fromX},${fromY}`;
    next.set(key, [...(next.get(key) ?? []), [toX, toY]]);
  };
  for (let y = 0; y < grid; y++) {
    for (let x = 0; x < grid; x++) {
      if (!inside(x, y)) continue;
      if (!inside(x, y - 1)) addEdge(x, y, x + 1, y);
      if (!inside(x + 1, y)) addEdge(x + 1, y, x + 1, y + 1);
      if (!inside(x, y + 1)) addEdge(x + 1, y + 1, x, y + 1);
      if (!inside(x - 1, y)) addEdge(x, y + 1, x, y);
    }
  }
  let path = "";
  for (const [start, ends] of next) {
    while (ends.length > 0) path += rounded(loopFrom(start, next));
  }
  return path;
}

function loopFrom(start, next) {
  const loop = [];
  let at = start;
  do {
    const [x, y] = next.get(at).pop();
    loop.push([x, y]);
    at = `${x},${y}`;
  } while (at !== start);
  return loop;
}

function rounded(loop) {
  const corners = loop.filter(([x, y], i) => {
    const [ax, ay] = loop.at(i - 1);
    const [bx, by] = loop[(i + 1) % loop.length];
    return (x - ax) * (by - y) !== (y - ay) * (bx - x);
  });
  const towards = ([x, y], [tx, ty]) => {
    const length = Math.hypot(tx - x, ty - y);
    return `${x + ((tx - x) / length) * ROUNDING} ${y + ((ty - y) / length) * ROUNDING}`;
  };
  const parts = corners.map((corner, i) => {
    const before = towards(corner, corners.at(i - 1));
    const after = towards(corner, corners[(i + 1) % corners.length]);
    return `${i === 0 ? "M" : "L"}${before}Q${corner[0]} ${corner[1]} ${after}`;
  });
  return `${parts.join("")}Z`;
}
