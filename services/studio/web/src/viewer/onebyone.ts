// Whether several images open one at a time: on a screen where two beside each other are too small to be read, unless whoever looks has chosen.

import type { ViewState } from "./types";

const NARROW = 600; // CSS pixels

let chosen: boolean | null = null;

export const isOneByOne = (): boolean => chosen ?? innerWidth <= NARROW;

// A change of the layout is a choice, which holds for images to come; a comparison, which takes one place too, is none.
export function noteChoice(before: ViewState, after: ViewState): void {
  if (before.compare !== after.compare || (before.layout === "single") === (after.layout === "single")) return;
  chosen = after.layout === "single";
}

export const forgetChoice = () => void (chosen = null);
