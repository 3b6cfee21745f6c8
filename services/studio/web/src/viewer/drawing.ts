// What a stroke of the pointer makes: a mark, a line of the ruler, or paint on a mask.

import { withinImage } from "./geometry";
import type { Mark, Mask, Place, Size, Tool } from "./types";

const LEAST_RADIUS = 0.004; // shares: below, a press that slipped
const TOLERANCE = 0.001; // shares: a pixel of a large image
const MOST_CORNERS = 1000; // of a polygon that the services take

// The mark that a stroke with a tool stands for; null for one too small to be meant.
export function markOf(tool: Tool, stroke: readonly Place[]): Mark | null {
  const places = stroke.map(withinImage);
  const [first, last] = [places[0], places.at(-1)];
  if (!first || !last) return null;
  if (tool === "point") return { kind: "point", at: last };
  if (tool === "ellipse") return ellipse(first, last);
  return tool === "freehand" ? freehand(places) : null;
}

// Fills the rectangle between two corners.
function ellipse(from: Place, to: Place): Mark | null {
  const radii: Place = [Math.abs(to[0] - from[0]) / 2, Math.abs(to[1] - from[1]) / 2];
  if (radii[0] < LEAST_RADIUS || radii[1] < LEAST_RADIUS) return null;
  return { kind: "ellipse", centre: [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], radii };
}

function freehand(places: readonly Place[]): Mark | null {
  const corners = simplified(places, TOLERANCE);
  const extent = (axis: 0 | 1) => Math.max(...corners.map((corner) => corner[axis])) - Math.min(...corners.map((corner) => corner[axis]));
  if (corners.length < 3 || Math.max(extent(0), extent(1)) < 2 * LEAST_RADIUS) return null;
  const every = Math.ceil(corners.length / MOST_CORNERS);
  return { kind: "freehand", corners: corners.filter((_, index) => index % every === 0) };
}

// Without the corners that lie closer than the tolerance to the line through those that stay (Douglas and Peucker, 1973).
export function simplified(places: readonly Place[], tolerance: number): Place[] {
  const [first, last] = [places[0], places.at(-1)];
  if (!first || !last || places.length < 3) return [...places];
  let [farthest, distance] = [0, -1];
  for (let index = 1; index < places.length - 1; index++) {
    const away = distanceTo(places[index]!, first, last);
    if (away > distance) [farthest, distance] = [index, away];
  }
  if (distance <= tolerance) return [first, last];
  return [...simplified(places.slice(0, farthest + 1), tolerance), ...simplified(places.slice(farthest), tolerance).slice(1)];
}

function distanceTo([x, y]: Place, from: Place, to: Place): number {
  const [across, down] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(across, down);
  if (length === 0) return Math.hypot(x - from[0], y - from[1]);
  return Math.abs(across * (from[1] - y) - (from[0] - x) * down) / length;
}

export function emptyMask({ width, height }: Size): Mask {
  return { values: new Uint8Array(width * height), width, height };
}

// A mask with a stroke of the brush from one place to another; its diameter is a share of the width. A pixel is painted when its middle is.
export function painted(mask: Mask, from: Place, to: Place, diameter: number, value: 0 | 255): Mask {
  const { width, height } = mask;
  const values = mask.values.slice();
  const radius = Math.max(0.5, (diameter * width) / 2);
  const [ax, ay, bx, by] = [from[0] * width, from[1] * height, to[0] * width, to[1] * height];
  const squared = (bx - ax) ** 2 + (by - ay) ** 2;
  const first = (a: number, b: number) => Math.max(0, Math.floor(Math.min(a, b) - radius));
  const last = (a: number, b: number, size: number) => Math.min(size - 1, Math.ceil(Math.max(a, b) + radius));
  for (let y = first(ay, by); y <= last(ay, by, height); y++) {
    for (let x = first(ax, bx); x <= last(ax, bx, width); x++) {
      const [dx, dy] = [x + 0.5 - ax, y + 0.5 - ay];
      const along = squared === 0 ? 0 : Math.min(Math.max((dx * (bx - ax) + dy * (by - ay)) / squared, 0), 1);
      if (Math.hypot(dx - along * (bx - ax), dy - along * (by - ay)) <= radius) values[y * width + x] = value;
    }
  }
  return { values, width, height };
}
