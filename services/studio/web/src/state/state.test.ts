import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";

import { ComponentEditSchema, EditMode, NoiseMode, NoiseSchema, RecipeSchema, StyleTransferSchema } from "../protos/mammoganesis/v1/latents_pb";
import { DirectionSchema } from "../protos/mammoganesis/v1/pca_editing_pb";
import { FIRST_STATE } from "../viewer/state";
import { addressOf, firstState, readAddress, textOf } from "./address";
import { contributionsTo, withNames } from "./axes";
import { added, historyOf, moved, restored, visited } from "./history";
import { editOf, isEdited, recipeOfSeed, sameRecipe, startedAnew, withEdit, withNoise, withoutEdits, withPsi } from "./recipe";
import { amend, followAddress, goTo, history, look, move, moving, recipe, redo, settle, state, undo } from "./store";

const size = create(DirectionSchema, {
  name: "size", index: 16, reversed: true, layerStart: 8, layerEnd: 12,
  further: [{ index: 15, weight: 0.5, layerStart: 4, layerEnd: 8 }, { index: 2, weight: -0.25, layerStart: 0, layerEnd: 4 }],
});
const plain = create(DirectionSchema, { name: "bright", index: 2, layerStart: 0, layerEnd: 12 });
const along = (value: string) => ({ case: "name", value }) as const;

describe("a recipe", () => {
  it("holds one edit an axis, and none that does nothing", () => {
    const once = withEdit(recipeOfSeed(5), along("size"), { sigmas: 2 });
    const twice = withEdit(once, along("size"), { sigmas: -1 });
    expect(twice.componentEdits).toHaveLength(1);
    expect(editOf(twice, along("size"))?.sigmas).toBe(-1);
    expect(editOf(once, along("size"))?.sigmas).toBe(2);
    expect(withEdit(twice, along("size"), { sigmas: 0 }).componentEdits).toEqual([]);
    expect(withEdit(once, along("size"), { sigmas: 0, mode: EditMode.ABSOLUTE }).componentEdits).toHaveLength(1);
  });

  it("loses noise and truncation too when all is removed, and keeps seed and view", () => {
    const noisy = withNoise(withPsi(recipeOfSeed(5, { view: "MLO" }), 1.2), create(NoiseSchema, { mode: NoiseMode.NONE }));
    const edited = withEdit(noisy, along("size"), { sigmas: 2 });
    expect(sameRecipe(startedAnew(edited), recipeOfSeed(5, { view: "MLO" }))).toBe(true);
    expect(sameRecipe(withoutEdits(edited), noisy)).toBe(true);
    expect(isEdited(noisy)).toBe(false);
  });

  it("says what directions do to a component", () => {
    const edited = withEdit(withEdit(recipeOfSeed(5), along("size"), { sigmas: 2 }), along("bright"), { sigmas: 1 });
    expect(contributionsTo(2, edited, [size, plain])).toEqual([
      { name: "size", sigmas: -0.5, layers: [0, 4] },
      { name: "bright", sigmas: 1, layers: [0, 12] },
    ]);
    expect(contributionsTo(16, edited, [size, plain])[0]?.sigmas).toBe(-2);
    expect(contributionsTo(7, edited, [size, plain])).toEqual([]);
  });

  it("of a file gets the names of directions back", () => {
    const edit = (index: number, sigmas: number, layerStart: number, layerEnd: number) =>
      create(ComponentEditSchema, { component: { case: "index", value: index }, sigmas, layerStart, layerEnd, mode: EditMode.RELATIVE });
    const complete = create(RecipeSchema, {
      ...recipeOfSeed(5),
      componentEdits: [edit(3, 1, 0, 12), edit(16, -2, 8, 12), edit(15, 1, 4, 8), edit(2, -0.5, 0, 4), edit(2, 1.5, 0, 12), edit(2, 1.5, 0, 4)],
    });
    const named = withNames(complete, [plain, size]);
    expect(named.componentEdits.map(({ component, sigmas }) => [component.value, sigmas])).toEqual([[3, 1], ["size", 2], ["bright", 1.5], [2, 1.5]]);
    expect(named.componentEdits[1]?.layerStart).toBeUndefined();
  });
});

describe("the address", () => {
  it("gives the same state again", () => {
    const edited = withEdit(withPsi(recipeOfSeed(4294967295, { view: "MLO" }), 0.8), along("size"), { sigmas: -1.5 });
    edited.styleTransfers.push(create(StyleTransferSchema, { reference: recipeOfSeed(3), strength: 0 }));
    const whole = { ...firstState(edited), screen: "edit", tab: "region", expert: true, against: textOf(recipeOfSeed(9)), overlay: true, viewer: { ...FIRST_STATE, zoom: 2, compare: "swipe" }, framed: true } as const;
    const { state: read, mistake } = readAddress(addressOf(whole));
    expect(mistake).toBe("");
    expect(sameRecipe(read.recipe, edited)).toBe(true);
    expect({ ...read, recipe: null }).toEqual({ ...whole, recipe: null });
  });

  it("can be written by hand", () => {
    const { state: read } = readAddress("#seed=5&view=MLO&other=1", ["view"]);
    expect(sameRecipe(read.recipe, recipeOfSeed(5, { view: "MLO" }))).toBe(true);
    expect(read.screen).toBe("edit");
  });

  it.each([["#recipe=!!!", "recipe"], ["#recipe=AAAA", "recipe"], ["#recipe=", "recipe"], ["#seed=-1", "seed"], ["#seed=4294967296", "seed"], ["#seed=1&tab=x", "tab"], ["#seed=1&against=x", "against"]])(
    "that is broken opens and says what is: %s", (hash, part) => {
      const reading = readAddress(hash);
      expect(reading.mistake).toBe(part);
      expect(reading.state.recipe.origin.case).toBe("seed");
    });
});

describe("history", () => {
  it("goes back, forth, and forgets what was undone once something new is done", () => {
    const three = added(added(historyOf("a"), "b"), "c");
    expect(added(moved(three, 1), "d")).toEqual({ entries: ["a", "b", "d"], position: 2 });
    expect(added(three, "c")).toBe(three);
    expect(moved(three, -4).position).toBe(0);
    expect(visited(added(three, "a"), "a").position).toBe(3);
    expect(visited(three, "x").entries).toEqual(["a", "b", "c", "x"]);
  });

  it("is restored only where it is one, at the same place", () => {
    const kept = JSON.stringify({ entries: ["a", "b"], position: 1 });
    expect(restored(kept, "b")).toEqual({ entries: ["a", "b"], position: 1 });
    for (const text of [null, "", "{", "[]", '{"entries": 3}', '{"entries": [1], "position": 0}', kept]) expect(restored(text, "a")).toBeNull();
  });
});

describe("the store", () => {
  beforeEach(() => {
    sessionStorage.clear();
    location.hash = "#seed=5";
    followAddress([]);
  });

  it("shows what moves, and remembers what was settled on", () => {
    const start = recipe.value;
    move(withEdit(start, along("size"), { sigmas: 1 }));
    expect(moving.value).toBe(true);
    expect(history.value.entries).toHaveLength(1);
    settle(withEdit(start, along("size"), { sigmas: 2 }));
    expect(moving.value).toBe(false);
    expect(readAddress(location.hash).state.recipe.componentEdits[0]?.sigmas).toBe(2);
    undo();
    expect(sameRecipe(recipe.value, start)).toBe(true);
    expect(sameRecipe(readAddress(location.hash).state.recipe, start)).toBe(true);
    redo();
    expect(recipe.value.componentEdits[0]?.sigmas).toBe(2);
    look({ expert: true });
    expect(history.value.entries).toHaveLength(2);
    expect(state.value.expert).toBe(true);
  });

  it("takes what is settled as a step each, and the same once more as none", () => {
    const start = recipe.value;
    for (const sigmas of [0.1, 0.2, 0.2]) settle(withEdit(start, along("size"), { sigmas }));
    expect(history.value.entries).toHaveLength(3);
    undo();
    expect(recipe.value.componentEdits.map(({ sigmas }) => sigmas)).toEqual([0.1]);
  });

  it("amends the step on show alone, and no other", () => {
    const start = recipe.value;
    const step = withEdit(start, along("size"), { sigmas: 1 });
    settle(step);
    const better = withEdit(step, along("bright"), { sigmas: 1 });
    expect(amend(start, recipeOfSeed(9))).toBe(false);
    expect(amend(step, better)).toBe(true);
    expect(history.value.entries).toEqual([textOf(start), textOf(better)]);
    expect(sameRecipe(readAddress(location.hash).state.recipe, better)).toBe(true);
    undo();
    expect(amend(start, start)).toBe(true);
    expect(history.value.entries).toHaveLength(2);
    move(withEdit(start, along("size"), { sigmas: 3 }));
    expect(amend(start, recipeOfSeed(9))).toBe(false);
  });

  it("undoes five hundred steps", () => {
    for (let seed = 0; seed < 500; seed++) settle(seed % 2 ? recipeOfSeed(seed + 10) : withPsi(recipeOfSeed(seed + 10), 1));
    goTo(0);
    expect(textOf(recipe.value)).toBe(history.value.entries[0]);
    for (let step = 0; step < 500; step++) redo();
    expect(sameRecipe(recipe.value, recipeOfSeed(509))).toBe(true);
  });

  it("begins with the image that was chosen, and goes on after the start screen", () => {
    location.hash = "";
    followAddress([]);
    settle(recipeOfSeed(3), { screen: "edit" });
    expect(history.value.entries).toEqual([textOf(recipeOfSeed(3))]);
    location.hash = "";
    window.dispatchEvent(new PopStateEvent("popstate"));
    expect([state.value.screen, history.value.entries.length]).toEqual(["start", 1]);
    settle(recipeOfSeed(0), { screen: "edit" });
    expect(history.value.entries).toEqual([textOf(recipeOfSeed(3)), textOf(recipeOfSeed(0))]);
    undo();
    expect(sameRecipe(recipe.value, recipeOfSeed(3))).toBe(true);
  });

  it("outlives a reload", () => {
    settle(recipeOfSeed(6));
    followAddress([]);
    undo();
    expect(sameRecipe(recipe.value, recipeOfSeed(5))).toBe(true);
  });
});
