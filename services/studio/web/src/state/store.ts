// The one place that knows what the page shows. Components read signals and call the functions below; the address follows.

import { computed, signal } from "@preact/signals";

import type { Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { addressOf, firstState, readAddress, recipeOfText, textOf, type StudioState } from "./address";
import { added, amended, canRedo, canUndo, current, historyOf, moved, restored, visited, type History } from "./history";
import { forget, keep, kept } from "./keeping";

const KEPT = "mammoganesis.history"; // in the tab's own storage: undo outlives a reload

export const state = signal<StudioState>(firstState());
export const history = signal<History>(historyOf(""));
export const moving = signal(false); // a control is being dragged: what is on show will change again in a moment
export const settled = signal<{ before: Recipe; next: Recipe } | null>(null); // the last step that a person took
export const mistake = signal(""); // the part of the address that could not be read

export const undoable = computed(() => canUndo(history.value));
export const redoable = computed(() => canRedo(history.value));
export const recipe = computed(() => state.value.recipe);

let labelFields: string[] = [];

// Reads the address and follows it from here on. `fields`: labels of the model, which "#seed=5&view=MLO" may name.
export function followAddress(fields: string[]): void {
  labelFields = fields;
  const entry = read();
  history.value = restored(kept(KEPT, "sessionStorage"), entry) ?? historyOf(entry);
  window.addEventListener("popstate", visit); // once, however often it is said
}

function read(): string {
  const reading = readAddress(location.hash, labelFields);
  state.value = reading.state;
  mistake.value = reading.mistake;
  moving.value = false;
  return textOf(reading.state.recipe);
}

function visit(): void {
  const entry = read();
  if (state.value.screen !== "start") remember(visited(history.value, entry)); // where images are chosen none is on show
}

// What is looked at, not what it is: no step of undo. `push`: back returns from it.
export function look(change: Partial<Omit<StudioState, "recipe">>, push = false): void {
  state.value = { ...state.value, ...change };
  write(push);
}

// A recipe while a control moves: shown, not yet a step.
export function move(next: Recipe): void {
  moving.value = true;
  state.value = { ...state.value, recipe: next };
}

// A recipe that a person has settled on: a step of undo, and an entry of the browser's history.
export function settle(next: Recipe, change: Partial<Omit<StudioState, "recipe">> = {}): void {
  moving.value = false;
  const before = history.value;
  const begins = state.value.screen === "start" && change.screen === "edit";
  const nothing = begins && before.entries.length === 1 && current(before) === textOf(recipe.value); // nobody chose that
  state.value = { ...state.value, ...change, recipe: next };
  remember(nothing ? historyOf(textOf(next)) : added(before, textOf(next)));
  settled.value = { before: recipeOfText(current(before)), next };
  write(begins || history.value.position !== before.position);
}

// The step on show as it would have been at once, had it been known. Nothing where something else is on show by now.
export function amend(step: Recipe, next: Recipe): boolean {
  if (moving.value || textOf(step) !== current(history.value)) return false;
  state.value = { ...state.value, recipe: next };
  remember(amended(history.value, textOf(next)));
  write(false);
  return true;
}

export const undo = () => canUndo(history.value) && goTo(history.value.position - 1);
export const redo = () => canRedo(history.value) && goTo(history.value.position + 1);

export function goTo(position: number): void {
  remember(moved(history.value, position));
  const entry = history.value.entries[history.value.position];
  if (entry === undefined) return;
  moving.value = false;
  state.value = { ...state.value, recipe: recipeOfText(entry) };
  write(false);
}

function write(push: boolean): void {
  const address = addressOf(state.value);
  mistake.value = "";
  if (push) window.history.pushState(null, "", address);
  else window.history.replaceState(null, "", address);
}

function remember(next: History): void {
  history.value = next;
  if (!keep(KEPT, JSON.stringify(next), "sessionStorage")) forget(KEPT, "sessionStorage"); // full: undo lasts until a reload
}
