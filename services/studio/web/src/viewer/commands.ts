// What keys and buttons do to a viewer's state; the list of keys that a person sees is this one.

import type { TextKey } from "../texts/texts";
import { UPRIGHT, zoomedAt } from "./geometry";
import { FIRST_STATE } from "./state";
import type { Compare, Drawing, Layout, Rules, Tool, ViewState, Window } from "./types";
import { PRESETS, type Preset } from "./windows";

// What a command must know beside the state.
export interface Scene {
  readonly images: number;
  readonly tools: readonly Tool[];
  readonly presets: Record<Preset, Window>;
  readonly overlays: readonly string[];
  readonly rules?: Rules | undefined;
}

export interface Command {
  readonly key: string;
  readonly text: TextKey;
  // The state afterwards; null where there is nothing to do it to.
  readonly act: (state: ViewState, scene: Scene) => ViewState | null;
}

const LOOKING: readonly Tool[] = ["window", "pan", "zoom", "magnify", "ruler"];
const ZOOM_STEP = 1.25;
const UNIT = { width: 1, height: 1 }; // around the middle the size of pane and image does not matter

// Those for looking, and those that the page takes answers of.
export function toolsOf({ onPick, onMark, marks, onPaint }: Drawing = {}, rules?: Rules): Tool[] {
  const looking = rules ? [...(rules.window ? (["window"] as const) : []), ...(rules.zoom ? (["pan", "zoom"] as const) : [])] : LOOKING;
  const drawing: Tool[] = onMark ? [...(marks ?? (["point", "ellipse", "freehand"] as const))] : [];
  return [...looking, ...(onPick ? (["pick"] as const) : []), ...drawing, ...(onPaint ? (["brush", "erase"] as const) : [])];
}

export function layoutsOf(images: number, rules?: Rules): Layout[] {
  if (images < 2) return ["single"];
  if (rules) return rules.zoom ? ["grid", "single"] : ["grid"];
  return images === 2 ? ["single", "pair", "hanging2"] : ["single", "pair", "hanging2", "hanging4"];
}

// The state afterwards, but for what the rules do not let change.
export function withinRules(before: ViewState, after: ViewState, rules: Rules): ViewState {
  const { window, inverted, zoom, centre, layout, shown } = before;
  return { ...after, ...(rules.window ? {} : { window, inverted }), ...(rules.zoom ? {} : { zoom, centre, layout, shown }) };
}

export const zoomed = (state: ViewState, factor: number) => zoomedAt(state, factor, [0.5, 0.5], UNIT, UNIT, UPRIGHT);

// A comparison is of the first two images, in one place; asked for again, it ends.
export function compared(state: ViewState, compare: Compare): ViewState {
  if (compare === state.compare && compare !== "none") return { ...state, compare: "none" };
  return { ...state, compare, layout: compare === "none" ? state.layout : "single" };
}

export function laidOut(state: ViewState, layout: Layout): ViewState {
  return { ...state, layout, compare: layout === "single" ? state.compare : "none" };
}

// As the viewer begins, but for layout, tool and what is put away.
export function reset(state: ViewState): ViewState {
  const { layout, compare, shown, tool, brush, hidden } = state;
  return { ...FIRST_STATE, layout, compare, shown, tool, brush, hidden };
}

const holding = (key: string, tool: Tool): Command => ({
  key,
  text: `viewer.tool.${tool}`,
  act: (state, { tools }) => (tools.includes(tool) ? { ...state, tool } : null),
});

const comparing = (key: string, compare: Compare): Command => ({
  key,
  text: `viewer.compare.${compare}`,
  act: (state, { images, rules }) => (images > 1 && !rules ? compared(state, compare) : null),
});

const turning = (key: string, text: TextKey, by: number): Command => ({
  key,
  text,
  act: (state, { images, rules }) =>
    images > 1 && layoutsOf(images, rules).includes("single") ? { ...state, layout: "single", shown: (state.shown + by + images) % images } : null,
});

export const COMMANDS: readonly Command[] = [
  holding("w", "window"),
  holding("p", "pan"),
  holding("z", "zoom"),
  holding("m", "magnify"),
  holding("r", "ruler"),
  holding("c", "pick"),
  holding("t", "point"),
  holding("e", "ellipse"),
  holding("f", "freehand"),
  holding("k", "brush"),
  holding("x", "erase"),
  ...PRESETS.map((preset, index): Command => ({
    key: String(index + 1),
    text: `viewer.preset.${preset}`,
    act: (state, { presets, rules }) => (rules ? null : { ...state, window: presets[preset] }),
  })),
  { key: "i", text: "viewer.invert", act: (state, { rules }) => (rules?.window === false ? null : { ...state, inverted: !state.inverted }) },
  { key: "+", text: "viewer.zoomIn", act: (state, { rules }) => (rules?.zoom === false ? null : zoomed(state, ZOOM_STEP)) },
  { key: "-", text: "viewer.zoomOut", act: (state, { rules }) => (rules?.zoom === false ? null : zoomed(state, 1 / ZOOM_STEP)) },
  { key: "0", text: "viewer.reset", act: (state, { rules }) => (rules ? null : reset(state)) },
  {
    key: "l",
    text: "viewer.layout",
    act: (state, { images, rules }) => {
      const layouts = layoutsOf(images, rules);
      return layouts.length > 1 ? laidOut(state, layouts[(layouts.indexOf(state.layout) + 1) % layouts.length]!) : null;
    },
  },
  turning("]", "viewer.next", 1),
  turning("[", "viewer.former", -1),
  comparing("s", "swipe"),
  comparing("b", "blink"),
  comparing("d", "difference"),
  {
    key: "o",
    text: "viewer.overlaysSwitch",
    act: (state, { overlays }) => (overlays.length ? { ...state, hidden: state.hidden.length ? [] : overlays } : null),
  },
];

export const keyOf = (text: TextKey, scene: Scene) => COMMANDS.find((command) => command.text === text && command.act(FIRST_STATE, scene) !== null)?.key;
