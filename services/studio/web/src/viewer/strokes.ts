// What is being drawn over the images, by pointer or by keyboard, until it is a mark, a ruler, paint or a choice.

import { useRef, useState } from "preact/hooks";

import { emptyMask, markOf, painted } from "./drawing";
import { isWithin, withinImage } from "./geometry";
import type { Phase } from "./gestures";
import type { Drawing, Mark, Mask, Place, Slot, ViewState } from "./types";

export interface Stroke {
  readonly slot: number;
  readonly places: readonly Place[];
}

// Where a mouse rests or the keyboard's cross stands.
export interface Cursor {
  readonly slot: number;
  readonly place: Place;
  readonly byKeys: boolean;
}

export interface Strokes {
  readonly stroke: Stroke | null;
  readonly cursor: Cursor | null;
  readonly onStroke: (slot: number, phase: Phase, place: Place) => void;
  readonly onCursor: (cursor: Cursor | null) => void;
}

interface Page {
  readonly slots: readonly Slot[];
  readonly state: ViewState;
  readonly onState: (state: ViewState) => void;
  readonly drawing: Drawing;
}

export function useStrokes({ slots, state, onState, drawing }: Page): Strokes {
  const [stroke, setStroke] = useState<Stroke | null>(null);
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const running = useRef<Stroke | null>(null); // pointers move more often than pages are drawn
  const paint = useRef<Mask | null>(null);
  const keep = (next: Stroke | null) => {
    running.current = next;
    setStroke(next);
  };

  const brush = (from: Place, to: Place) => {
    const image = slots[0]?.state === "there" || slots[0]?.state === "previous" ? slots[0].image : null;
    if (!image || !drawing.onPaint) return;
    const mask = paint.current ?? drawing.painted ?? emptyMask(image.full ?? image);
    paint.current = painted(mask, from, to, state.brush, state.tool === "erase" ? 0 : 255);
    drawing.onPaint(paint.current);
  };

  const finish = ({ slot, places }: Stroke) => {
    const [first, last] = [places[0], places.at(-1)];
    if (!first || !last) return;
    const mark = markOf(state.tool, places);
    if (mark) drawing.onMark?.(slot, mark);
    if (state.tool === "pick" && isWithin(last)) drawing.onPick?.(slot, last);
    if (state.tool === "ruler") {
      const line = { slot, from: withinImage(first), to: withinImage(last) };
      onState({ ...state, ruler: String(line.from) === String(line.to) ? null : line });
    }
  };

  const onStroke = (slot: number, phase: Phase, place: Place) => {
    const painting = state.tool === "brush" || state.tool === "erase";
    const [first, former] = [running.current?.places[0], running.current?.places.at(-1)];
    if (state.tool === "magnify") setCursor(phase === "begin" || phase === "move" ? { slot, place, byKeys: false } : null);
    if (phase === "begin") {
      paint.current = null;
      keep({ slot, places: [place] });
      if (painting && slot === 0) brush(place, place);
    } else if (phase === "cancel" || !first || !former || running.current?.slot !== slot) {
      keep(null);
    } else {
      if (painting && slot === 0 && phase === "move") brush(former, place);
      const places = state.tool === "freehand" ? [...running.current.places, place] : [first, place];
      const next = { slot, places: painting ? [place] : places };
      keep(phase === "end" ? null : next);
      if (phase === "end") finish(next);
    }
  };

  return { stroke, cursor, onStroke, onCursor: setCursor };
}

// What a stroke looks like while it is drawn.
export function draftOf(state: ViewState, stroke: Stroke | null, slot: number): { mark: Mark | null; ruler: { from: Place; to: Place } | null } {
  const [from, to] = [stroke?.places[0], stroke?.places.at(-1)];
  if (!stroke || stroke.slot !== slot || !from || !to) {
    return { mark: null, ruler: state.ruler?.slot === slot ? state.ruler : null };
  }
  return { mark: markOf(state.tool, stroke.places), ruler: state.tool === "ruler" ? { from, to } : null };
}
