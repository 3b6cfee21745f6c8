// The state of the studio in its address: reload, back, a copied link and a second tab give the same picture. It stands after "#", which
// browsers do not send to servers.

import { fromBinary, toBinary } from "@bufbuild/protobuf";

import { RecipeSchema, type Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { FIRST_STATE, fromAddress, toAddress } from "../viewer/state";
import type { ViewState } from "../viewer/types";
import { base64url, bytesOf } from "./base64url";
import { recipeOfSeed } from "./recipe";

export const UNEDITED = "unedited";
export const SCREENS = ["start", "edit"] as const;
export const TABS = ["directions", "region", "mixing"] as const;

export type Screen = (typeof SCREENS)[number];
export type Tab = (typeof TABS)[number];

export interface StudioState {
  recipe: Recipe;
  screen: Screen;
  tab: Tab;
  expert: boolean; // components, layers, epsilon, noise
  against: string; // what the second picture is, where one is compared with: "unedited", or a recipe's text
  overlay: boolean; // outlines of the regions over the image
  strip: string; // the axis along which a strip is on show, such as "name:size" or "index:2"; "" for none
  viewer: ViewState; // window, zoom, pan, comparison
  start: string; // the start screen's own: filters, first seed; "" as it opens
  framed: boolean; // without what stands around, in a frame of another page
}

export const firstState = (recipe: Recipe = recipeOfSeed(0)): StudioState => ({
  recipe,
  screen: "start",
  tab: "directions",
  expert: false,
  against: UNEDITED,
  overlay: false,
  strip: "",
  viewer: FIRST_STATE,
  start: "",
  framed: false,
});

export const textOf = (recipe: Recipe) => base64url(toBinary(RecipeSchema, recipe));

// Throws where the text is no recipe.
export const recipeOfText = (text: string): Recipe => fromBinary(RecipeSchema, bytesOf(text));

function isRecipe(text: string): boolean {
  try {
    return recipeOfText(text).origin.case !== undefined;
  } catch {
    return false;
  }
}

// "" or "#..." of a state: only what is not as it opens.
export function addressOf(state: StudioState): string {
  const parts = new URLSearchParams();
  if (state.screen !== "start") parts.set("screen", state.screen);
  parts.set("recipe", textOf(state.recipe));
  if (state.tab !== "directions") parts.set("tab", state.tab);
  if (state.expert) parts.set("mode", "expert");
  if (state.against !== UNEDITED) parts.set("against", state.against);
  if (state.overlay) parts.set("overlay", "regions");
  if (state.strip) parts.set("strip", state.strip);
  const viewer = toAddress(state.viewer).toString();
  if (viewer) parts.set("viewer", viewer);
  if (state.start) parts.set("start", state.start);
  if (state.framed) parts.set("frame", "1");
  return `#${parts}`;
}

export interface Reading {
  state: StudioState;
  mistake: string; // the part that could not be read, such as "recipe"; "" for none
}

// The state that an address says. A part that cannot be read is as it opens, and named. A person may write "#seed=5" or "#seed=5&view=MLO".
export function readAddress(hash: string, labelFields: string[] = []): Reading {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const reading: Reading = { state: firstState(), mistake: "" };
  const { state } = reading;
  const oneOf = <Value extends string>(key: string, values: readonly Value[], otherwise: Value): Value => {
    const value = parts.get(key);
    if (value === null) return otherwise;
    const found = values.find((one) => one === value);
    if (!found) reading.mistake = key;
    return found ?? otherwise;
  };
  const recipe = parts.get("recipe");
  const seed = parts.get("seed");
  if (recipe !== null) {
    if (isRecipe(recipe)) state.recipe = recipeOfText(recipe);
    else reading.mistake = "recipe";
  } else if (seed !== null) {
    const labels = Object.fromEntries(labelFields.flatMap((field) => (parts.get(field) ? [[field, parts.get(field) ?? ""]] : [])));
    if (/^\d{1,10}$/.test(seed) && Number(seed) < 2 ** 32) state.recipe = recipeOfSeed(Number(seed), labels);
    else reading.mistake = "seed";
  }
  state.screen = oneOf("screen", SCREENS, recipe === null && seed !== null && !reading.mistake ? "edit" : "start");
  state.tab = oneOf("tab", TABS, "directions");
  state.expert = oneOf("mode", ["teacher", "expert"], "teacher") === "expert";
  state.against = parts.get("against") ?? UNEDITED;
  if (state.against !== UNEDITED && !isRecipe(state.against)) {
    state.against = UNEDITED;
    reading.mistake = "against";
  }
  state.overlay = oneOf("overlay", ["none", "regions"], "none") === "regions";
  state.strip = parts.get("strip") ?? "";
  state.viewer = fromAddress(new URLSearchParams(parts.get("viewer") ?? ""));
  state.start = parts.get("start") ?? "";
  state.framed = parts.get("frame") === "1";
  return reading;
}
