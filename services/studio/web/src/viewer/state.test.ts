import { expect, test } from "vitest";

import { FIRST_STATE, fromAddress, toAddress } from "./state";
import type { ViewState } from "./types";

const CHANGED: ViewState = {
  ...FIRST_STATE,
  layout: "hanging4",
  compare: "swipe",
  shown: 2,
  window: { low: 0.1, high: 0.75 },
  inverted: true,
  zoom: 2.5,
  centre: [0.25, 0.625],
  divider: 0.3,
  ruler: { slot: 1, from: [0.1, 0.2], to: [0.9, 0.4] },
  hidden: ["region 3", "a,b&c"],
};

test("the address says nothing of a viewer that nobody touched", () => {
  expect(toAddress(FIRST_STATE).toString()).toBe("");
  expect(fromAddress(new URLSearchParams())).toEqual(FIRST_STATE);
});

test("a state goes through the address and back", () => {
  expect(fromAddress(new URLSearchParams(toAddress(CHANGED).toString()))).toEqual(CHANGED);
});

test.each([
  "window=1,0", "window=0.5,0.5", "window=,1", "window=a,b", "window=-1,2", "zoom=0", "zoom=1e9", "zoom=NaN", "zoom=", "centre=0.5", "centre=2,2",
  "layout=constructor", "compare=", "shown=9", "shown=1.5", "inverted=1", "ruler=1,2", "divider=-1", "hidden=",
])("an address that says %s is left as a viewer begins", (address) => {
  expect(fromAddress(new URLSearchParams(address))).toEqual(FIRST_STATE);
});

test("a name that is no escape is taken as it stands", () => {
  expect(fromAddress(new URLSearchParams([["hidden", "50%"]])).hidden).toEqual(["50%"]);
});
