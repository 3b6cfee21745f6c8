// Where an image lies in its pane, and what pan and zoom do to that. Pure; lengths in CSS pixels, places in shares of the image.

import { ZOOM } from "./state";
import type { Place, Size, ViewState } from "./types";

export type Point = readonly [number, number];

// How an image hangs in its pane.
export interface Hanging {
  // The edge of the pane that the image keeps to while it is narrower.
  readonly anchor: "left" | "middle" | "right";
  // Left and right of the picture are drawn the other way round.
  readonly mirrored: boolean;
  // Pan runs the other way: the other breast is beside it, back to back.
  readonly reversed: boolean;
  // CSS pixels that the image is wide at zoom 1, where so much fits; absent: as wide as fits.
  readonly width?: number | undefined;
}

export const UPRIGHT: Hanging = { anchor: "middle", mirrored: false, reversed: false };

// The rectangle of the pane that the whole image covers.
export interface Placement extends Size {
  readonly left: number;
  readonly top: number;
  readonly mirrored: boolean;
}

type Look = Pick<ViewState, "zoom" | "centre">;

export function placed(pane: Size, image: Size, look: Look, hanging: Hanging): Placement {
  const fitting = Math.min(pane.width / image.width, pane.height / image.height);
  const first = hanging.width === undefined ? fitting : Math.min(fitting, hanging.width / image.width);
  const scale = first * look.zoom;
  const width = image.width * scale;
  const height = image.height * scale;
  const x = hanging.reversed ? 1 - look.centre[0] : look.centre[0];
  return {
    left: middle(pane, width, hanging) - x * width,
    top: pane.height / 2 - look.centre[1] * height,
    width,
    height,
    mirrored: hanging.mirrored,
  };
}

// Where the image's middle is while nobody has panned.
function middle(pane: Size, width: number, { anchor }: Hanging): number {
  if (anchor === "left") return width / 2;
  return anchor === "right" ? pane.width - width / 2 : pane.width / 2;
}

export function toPoint(placement: Placement, [x, y]: Place): Point {
  const across = placement.mirrored ? 1 - x : x;
  return [placement.left + across * placement.width, placement.top + y * placement.height];
}

// Not bounded to the image.
export function toPlace(placement: Placement, [x, y]: Point): Place {
  const across = (x - placement.left) / placement.width;
  return [placement.mirrored ? 1 - across : across, (y - placement.top) / placement.height];
}

export const bounded = (value: number, least = 0, most = 1) => Math.min(Math.max(value, least), most);
export const withinImage = ([x, y]: Place): Place => [bounded(x), bounded(y)];
export const isWithin = ([x, y]: Place) => x >= 0 && x <= 1 && y >= 0 && y <= 1;

// The picture follows the finger by (right, down).
export function panned<State extends Look>(state: State, [right, down]: Point, placement: Placement, hanging: Hanging): State {
  const across = (hanging.reversed ? -right : right) / placement.width;
  return { ...state, centre: withinImage([state.centre[0] - across, state.centre[1] - down / placement.height]) };
}

// Zooms by a factor around a point of the pane, which keeps its place of the image.
export function zoomedAt<State extends Look>(state: State, factor: number, at: Point, pane: Size, image: Size, hanging: Hanging): State {
  const before = placed(pane, image, state, hanging);
  const zoom = bounded(state.zoom * factor, ZOOM.least, ZOOM.most);
  const width = (before.width * zoom) / state.zoom;
  const height = (before.height * zoom) / state.zoom;
  const left = at[0] - ((at[0] - before.left) / before.width) * width;
  const top = at[1] - ((at[1] - before.top) / before.height) * height;
  const x = (middle(pane, width, hanging) - left) / width;
  return { ...state, zoom, centre: withinImage([hanging.reversed ? 1 - x : x, (pane.height / 2 - top) / height]) };
}

// Length of a line in pixels of an image, and in millimetres where an edge of a pixel is known.
export function lengthOf(from: Place, to: Place, image: Size, spacing?: number): { pixels: number; millimetres?: number } {
  const pixels = Math.hypot((to[0] - from[0]) * image.width, (to[1] - from[1]) * image.height);
  return spacing === undefined ? { pixels } : { pixels, millimetres: pixels * spacing };
}
