// Pointers on a picture: a drag with the tool in the hand, two fingers, the wheel. Everything is measured from where a gesture
// began, so that nothing drifts and what is undone on the way is undone.

import { type Hanging, panned, type Placement, placed, type Point, toPlace, zoomedAt } from "./geometry";
import type { Place, Size, Tool, ViewState } from "./types";
import { windowed } from "./windows";

// What a gesture acts on.
export interface Field {
  readonly pane: Size;
  readonly image: Size;
  readonly hanging: Hanging;
  readonly state: ViewState;
}

export type Phase = "begin" | "move" | "end" | "cancel";

export interface Doings {
  readonly onState: (state: ViewState) => void;
  readonly onStroke: (phase: Phase, place: Place) => void;
  // A mouse rests on, or leaves, a place.
  readonly onHover: (place: Place | null) => void;
}

const ZOOM_DRAG = 200; // CSS pixels upwards for e times the size
const WHEEL = 500;

export const placementOf = ({ pane, image, state, hanging }: Field): Placement => placed(pane, image, state, hanging);

// Drags that change what is seen, from where they began; null for a tool that draws.
export function dragged(tool: Tool, begun: Field, from: Point, to: Point): ViewState | null {
  const by: Point = [to[0] - from[0], to[1] - from[1]];
  const { pane, image, hanging, state } = begun;
  if (tool === "window") return { ...state, window: windowed(state.window, by, pane) };
  if (tool === "pan") return panned(state, by, placementOf(begun), hanging);
  if (tool === "zoom") return zoomedAt(state, Math.exp(-by[1] / ZOOM_DRAG), from, pane, image, hanging);
  return null;
}

// Two fingers: their distance zooms around their middle, and their middle moves the picture.
export function pinched(begun: Field, from: readonly [Point, Point], to: readonly [Point, Point]): ViewState {
  const middle = ([a, b]: readonly [Point, Point]): Point => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const distance = ([a, b]: readonly [Point, Point]) => Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1]));
  const [start, end] = [middle(from), middle(to)];
  const { pane, image, hanging, state } = begun;
  const zoomed = zoomedAt(state, distance(to) / distance(from), start, pane, image, hanging);
  return panned(zoomed, [end[0] - start[0], end[1] - start[1]], placed(pane, image, zoomed, hanging), hanging);
}

export class Gestures {
  readonly #pointers = new Map<number, Point>();
  #begun: { field: Field; at: readonly Point[]; tool: Tool } | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly field: () => Field | null,
    private readonly doings: () => Doings,
  ) {}

  down(event: PointerEvent): void {
    const field = this.field();
    if (!field || this.#pointers.size > 1 || (this.#pointers.size === 1 && event.pointerType !== "touch")) return;
    this.element.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#point(event));
    if (this.#pointers.size === 2) this.#stroke("cancel", this.#point(event));
    const tool = event.button === 1 ? "pan" : event.button === 2 ? "zoom" : field.state.tool;
    this.#begun = { field, at: [...this.#pointers.values()], tool };
    if (this.#pointers.size === 1) this.#stroke("begin", this.#point(event));
  }

  move(event: PointerEvent): void {
    if (!this.#pointers.has(event.pointerId)) {
      const field = this.field();
      if (field && event.pointerType === "mouse") this.doings().onHover(toPlace(placementOf(field), this.#point(event)));
      return;
    }
    this.#pointers.set(event.pointerId, this.#point(event));
    if (!this.#begun) return;
    const { field, at, tool } = this.#begun;
    const now = [...this.#pointers.values()];
    const state = at.length === 2 ? pinched(field, at as [Point, Point], now as [Point, Point]) : dragged(tool, field, at[0]!, now[0]!);
    if (state) this.doings().onState({ ...state, tool: field.state.tool });
    else this.#stroke("move", this.#point(event));
  }

  up(event: PointerEvent): void {
    if (!this.#pointers.delete(event.pointerId) || !this.#begun) return;
    if (this.#begun.at.length === 1) this.#stroke(event.type === "pointerup" ? "end" : "cancel", this.#point(event));
    this.#begun = null; // the finger that stays does nothing
  }

  wheel(event: WheelEvent): void {
    const field = this.field();
    const focused = document.activeElement !== document.body && document.activeElement?.contains(this.element);
    if (!field || !(event.ctrlKey || focused)) return; // the page scrolls
    event.preventDefault();
    const { pane, image, hanging, state } = field;
    this.doings().onState(zoomedAt(state, Math.exp(-event.deltaY / WHEEL), this.#point(event), pane, image, hanging));
  }

  #stroke(phase: Phase, at: Point): void {
    const begun = this.#begun;
    if (!begun || ["window", "pan", "zoom"].includes(begun.tool)) return;
    this.doings().onStroke(phase, toPlace(placementOf(begun.field), at));
  }

  #point(event: MouseEvent): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }
}
