import { afterEach, expect, test, vi } from "vitest";

import { Side } from "../protos/mammoganesis/v1/images_pb";
import { readingViewFor } from "../teaching/hanging";
import { forgetChoice, isOneByOne, noteChoice } from "./onebyone";
import { FIRST_STATE } from "./state";

const pair = { ...FIRST_STATE, layout: "pair" } as const;
const opened = () => readingViewFor([{ side: Side.RIGHT }, { side: Side.LEFT }]).layout;

afterEach(() => {
  forgetChoice();
  vi.unstubAllGlobals();
});

test.each([[390, "single"], [600, "single"], [601, "hanging2"], [1440, "hanging2"]])("on a screen of %d CSS pixels two images open as %s", (width, layout) => {
  vi.stubGlobal("innerWidth", width);
  expect(opened()).toBe(layout);
});

test("what whoever looks has chosen holds for the images to come", () => {
  vi.stubGlobal("innerWidth", 390);
  noteChoice(FIRST_STATE, pair);
  expect([isOneByOne(), opened()]).toEqual([false, "hanging2"]);
  noteChoice(pair, FIRST_STATE);
  expect([isOneByOne(), opened()]).toEqual([true, "single"]);
});

test("a comparison and a turn to the other image are no choice", () => {
  vi.stubGlobal("innerWidth", 1440);
  noteChoice(pair, { ...FIRST_STATE, compare: "swipe" });
  noteChoice(FIRST_STATE, { ...FIRST_STATE, shown: 1 });
  expect(isOneByOne()).toBe(false);
});
