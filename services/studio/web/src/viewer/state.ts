// A viewer's state as it begins, and as it stands in an address.

import type { Compare, Layout, ViewState } from "./types";

export const FIRST_STATE: ViewState = {
  layout: "single",
  compare: "none",
  shown: 0,
  window: { low: 0, high: 1 },
  inverted: false,
  zoom: 1,
  centre: [0.5, 0.5],
  divider: 0.5,
  tool: "window",
  brush: 0.08,
  ruler: null,
  hidden: [],
};

export const ZOOM = { least: 0.5, most: 32 };

// Colours that stay apart on grey for colour-blind eyes too (Okabe and Ito), the reading room's lamp first.
export const OVERLAY_COLOURS = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#0072b2", "#ffffff"] as const;

// Of what a brush paints. No region has it (mammoganesis/pictures/colours.py), and no kind of eye takes it for one of theirs.
export const PAINT_COLOUR = "#ff00ff";

const LAYOUTS: readonly Layout[] = ["single", "pair", "hanging2", "hanging4", "grid"];
const COMPARES: readonly Compare[] = ["none", "swipe", "blink", "difference"];
const DIGITS = 4; // of shares: a tenth of a pixel of the largest image

// What differs from FIRST_STATE, such as "layout=pair&zoom=2&centre=0.25,0.5". A tool in the hand is nobody else's.
export function toAddress(state: ViewState): URLSearchParams {
  const entries: [string, string, string][] = [
    ["layout", state.layout, FIRST_STATE.layout],
    ["compare", state.compare, FIRST_STATE.compare],
    ["shown", String(state.shown), "0"],
    ["window", listed([state.window.low, state.window.high]), "0,1"],
    ["inverted", String(state.inverted), "false"],
    ["zoom", listed([state.zoom]), "1"],
    ["centre", listed(state.centre), "0.5,0.5"],
    ["divider", listed([state.divider]), "0.5"],
    ["ruler", state.ruler ? `${state.ruler.slot},${listed([...state.ruler.from, ...state.ruler.to])}` : "", ""],
    ["hidden", state.hidden.map(encodeURIComponent).join(","), ""],
  ];
  return new URLSearchParams(entries.filter(([, value, first]) => value !== first).map(([name, value]) => [name, value]));
}

// The state that an address asks for; what it says amiss is left as it begins.
export function fromAddress(address: URLSearchParams): ViewState {
  const [low = 0, high = 1] = numbers(address.get("window"), 2, 0, 1);
  const [zoom = 1] = numbers(address.get("zoom"), 1, ZOOM.least, ZOOM.most);
  const [x = 0.5, y = 0.5] = numbers(address.get("centre"), 2, 0, 1);
  const [divider = 0.5] = numbers(address.get("divider"), 1, 0, 1);
  const [slot, fromX = 0, fromY = 0, toX = 0, toY = 0] = numbers(address.get("ruler"), 5, 0, 3);
  const shown = Number(address.get("shown") ?? 0);
  return {
    ...FIRST_STATE,
    layout: LAYOUTS.find((layout) => layout === address.get("layout")) ?? FIRST_STATE.layout,
    compare: COMPARES.find((compare) => compare === address.get("compare")) ?? FIRST_STATE.compare,
    shown: [0, 1, 2, 3].includes(shown) ? shown : 0,
    window: low < high ? { low, high } : FIRST_STATE.window,
    inverted: address.get("inverted") === "true",
    zoom,
    centre: [x, y],
    divider,
    ruler: slot === undefined ? null : { slot: Math.trunc(slot), from: [fromX, fromY], to: [toX, toY] },
    hidden: (address.get("hidden") ?? "").split(",").filter(Boolean).map(decoded),
  };
}

const listed = (values: readonly number[]) => values.map((value) => String(Number(value.toFixed(DIGITS)))).join(",");

// As many numbers as there must be, each within the range; else none.
function numbers(text: string | null, count: number, least: number, most: number): number[] {
  const values = (text ?? "").split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  return values.length === count && values.every((value) => value >= least && value <= most) ? values : [];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a "%" that begins no escape
  }
}
