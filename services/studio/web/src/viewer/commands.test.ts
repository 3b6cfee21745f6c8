import { expect, test } from "vitest";

import { en } from "../texts/en/en";
import { COMMANDS, keyOf, type Scene, toolsOf, withinRules } from "./commands";
import { FIRST_STATE } from "./state";
import type { ViewState } from "./types";

const PRESETS = { full: { low: 0, high: 1 }, breast: { low: 0.2, high: 0.8 }, dense: { low: 0.5, high: 0.9 }, skin: { low: 0, high: 0.3 } };
const SCENE: Scene = { images: 4, tools: toolsOf(), presets: PRESETS, overlays: ["a", "b"] };
const pressed = (keys: string, scene = SCENE, state: ViewState = FIRST_STATE) =>
  [...keys].reduce((now, key) => COMMANDS.find((command) => command.key === key)!.act(now, scene) ?? now, state);

test("each key does one thing, and has its words", () => {
  expect(new Set(COMMANDS.map(({ key }) => key)).size).toBe(COMMANDS.length);
  for (const { text } of COMMANDS) expect(en[text]).toBeTruthy();
});

test("tools, presets, invert and zoom", () => {
  expect(pressed("ri2")).toEqual({ ...FIRST_STATE, tool: "ruler", inverted: true, window: PRESETS.breast });
  expect(pressed("+++").zoom).toBeCloseTo(1.25 ** 3);
  expect(pressed("+-").zoom).toBeCloseTo(1);
  expect(pressed("+++").centre).toEqual([0.5, 0.5]);
});

test("reset keeps the layout and the tool in the hand", () => {
  expect(pressed("lpi++3o0")).toEqual({ ...FIRST_STATE, layout: "pair", tool: "pan", hidden: ["a", "b"] });
});

test("a comparison ends side by side, begins in one place, and ends when asked for again", () => {
  expect(pressed("ls")).toMatchObject({ layout: "single", compare: "swipe" });
  expect(pressed("sl")).toMatchObject({ layout: "pair", compare: "none" });
  expect(pressed("bb").compare).toBe("none");
  expect(pressed("bd").compare).toBe("difference");
});

test("images go round", () => {
  expect(pressed("[").shown).toBe(3);
  expect(pressed("]]]]").shown).toBe(0);
});

test("what there is nothing for does nothing", () => {
  const alone: Scene = { ...SCENE, images: 1, overlays: [] };
  expect(pressed("lsbd[]oktefcx", alone)).toEqual(FIRST_STATE);
});

test("a tool is offered for each answer that the page takes", () => {
  expect(toolsOf({ onPick: () => {}, onMark: () => {}, marks: ["point"] })).toEqual(["window", "pan", "zoom", "magnify", "ruler", "pick", "point"]);
  expect(toolsOf({ onPaint: () => {} }).slice(5)).toEqual(["brush", "erase"]);
});

test("where a page has rules, only what they allow is offered, and digits are the page's", () => {
  const free: Scene = { ...SCENE, rules: { window: true, zoom: true }, tools: toolsOf({ onPick: () => {} }, { window: true, zoom: true }) };
  expect(free.tools).toEqual(["window", "pan", "zoom", "pick"]);
  expect(pressed("1234sbdmr", free, { ...FIRST_STATE, layout: "grid", zoom: 2 })).toEqual({ ...FIRST_STATE, layout: "grid", zoom: 2 });
  expect(pressed("l", free, { ...FIRST_STATE, layout: "grid" }).layout).toBe("single");
  expect([keyOf("viewer.reset", free), keyOf("viewer.invert", free), keyOf("viewer.reset", SCENE)]).toEqual([undefined, "i", "0"]);
  const fixed: Scene = { ...SCENE, rules: { window: false, zoom: false }, tools: toolsOf({}, { window: false, zoom: false }) };
  expect(fixed.tools).toEqual([]);
  expect(pressed("wpzi+-0l[]", fixed, { ...FIRST_STATE, layout: "grid" })).toEqual({ ...FIRST_STATE, layout: "grid" });
});

test("rules hold for fingers and wheels too", () => {
  const after: ViewState = { ...FIRST_STATE, window: { low: 0.1, high: 0.2 }, inverted: true, zoom: 3, centre: [0, 0], tool: "pan" };
  expect(withinRules(FIRST_STATE, after, { window: false, zoom: true })).toEqual({ ...after, window: FIRST_STATE.window, inverted: false });
  expect(withinRules(FIRST_STATE, after, { window: true, zoom: false })).toEqual({ ...after, zoom: 1, centre: [0.5, 0.5] });
});
