// Arrows, space, Enter and Escape on the images: what a drag does, without a pointer.

import { UPRIGHT, withinImage } from "./geometry";
import { dragged, type Field } from "./gestures";
import type { Strokes } from "./strokes";
import type { Place, Rules, Size, ViewerImage, ViewState } from "./types";

// What a key acts on.
export interface Step {
  readonly state: ViewState;
  readonly onState: (state: ViewState) => void;
  readonly pane: () => Size;
  // On show, in the order of reading.
  readonly slots: readonly number[];
  readonly images: readonly (ViewerImage | null)[];
  readonly strokes: Strokes;
  readonly rules: Rules | undefined;
}

const ARROWS: Readonly<Record<string, Place>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const DRAG = { fine: 10, coarse: 50 }; // CSS pixels
const CROSS = { fine: 0.01, coarse: 0.05 }; // of the image's width

// Whether the key was one of these.
export function pressedArrow(event: KeyboardEvent, step: Step): boolean {
  const { state, strokes, slots, rules } = step;
  if (rules && state.tool === "pick") return false; // whole images are chosen, and the page has keys for that
  const direction = ARROWS[event.key];
  if (direction) return moved(direction, event.shiftKey ? "coarse" : "fine", step);
  const cursor = strokes.cursor;
  if (event.key === "Escape") {
    if (cursor) strokes.onStroke(cursor.slot, "cancel", cursor.place);
    strokes.onCursor(null);
    return cursor !== null;
  }
  if (event.key !== " " && (event.key !== "Enter" || rules)) return false; // where a page has rules, Enter is its own
  if (["window", "pan", "zoom", "magnify"].includes(state.tool)) return false;
  const at = cursor ?? { slot: slots[0] ?? 0, place: [0.5, 0.5] as Place, byKeys: true };
  strokes.onCursor({ ...at, byKeys: true });
  const atOnce = state.tool === "pick" || state.tool === "point";
  if (atOnce || !strokes.stroke) strokes.onStroke(at.slot, "begin", at.place);
  if (atOnce || strokes.stroke) strokes.onStroke(at.slot, "end", at.place);
  return true;
}

function moved([right, down]: Place, size: "fine" | "coarse", { state, onState, pane, slots, images, strokes, rules }: Step): boolean {
  const slot = strokes.cursor?.slot ?? slots[0] ?? 0;
  const image = images[slot];
  if (!image) return false;
  const field: Field = { pane: pane(), image, hanging: { ...UPRIGHT, width: rules?.width }, state };
  const middle: Place = [field.pane.width / 2, field.pane.height / 2];
  // An arrow moves what is seen, not the picture under it.
  const way = state.tool === "pan" ? -DRAG[size] : DRAG[size];
  const after = dragged(state.tool, field, middle, [middle[0] + way * right, middle[1] + way * down]);
  if (after) {
    onState(after);
    return true;
  }
  const from = strokes.cursor?.place ?? [0.5, 0.5];
  const by = CROSS[size] / Math.max(1, state.zoom);
  const place = withinImage([from[0] + right * by, from[1] + (down * by * image.width) / image.height]);
  strokes.onCursor({ slot, place, byKeys: true });
  if (strokes.stroke) strokes.onStroke(slot, "move", place);
  return true;
}
