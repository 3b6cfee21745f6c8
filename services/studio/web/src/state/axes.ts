// What an image can be moved along: curated directions and bare components, and how much of a component the directions move already.

import type { Component, Direction } from "../protos/mammoganesis/v1/pca_editing_pb";
import { EditMode, type ComponentEdit, type Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { withComponentEdits } from "./recipe";

// One component's part in a direction.
export interface Part {
  index: number;
  weight: number; // standard deviations of the component for each one of the direction
  layers: [number, number];
}

// All of a direction's components, the first one first.
export function partsOf(direction: Direction): Part[] {
  const first: Part = {
    index: direction.index,
    weight: direction.reversed ? -1 : 1,
    layers: [direction.layerStart, direction.layerEnd],
  };
  return [first, ...direction.further.map((part) => ({ index: part.index, weight: part.weight, layers: [part.layerStart, part.layerEnd] as [number, number] }))];
}

export interface Contribution {
  name: string; // of the direction
  sigmas: number; // of the component
  layers: [number, number];
}

// What the directions of a recipe do to a component: without it a slider at 0 would hide that the component is moved.
export function contributionsTo(index: number, recipe: Recipe, directions: Direction[]): Contribution[] {
  return recipe.componentEdits.flatMap((edit) => {
    const direction = directions.find(({ name }) => edit.component.case === "name" && edit.component.value === name);
    const part = direction && partsOf(direction).find((one) => one.index === index);
    return direction && part && edit.sigmas !== 0 ? [{ name: direction.name, sigmas: edit.sigmas * part.weight, layers: [edit.layerStart ?? part.layers[0], edit.layerEnd ?? part.layers[1]] }] : [];
  });
}

// Directions that move a component.
export const directionsAlong = (index: number, directions: Direction[]) =>
  directions.filter((direction) => partsOf(direction).some((part) => part.index === index));

// A complete recipe, such as a file's, with the edits that belong to a curated direction under its name again; of the directions that fit
// the one with the most components, as the server names them.
export function withNames(recipe: Recipe, directions: Direction[]): Recipe {
  const longest = [...directions].sort((a, b) => b.further.length - a.further.length);
  const edits: ComponentEdit[] = [];
  const given = recipe.componentEdits;
  for (let at = 0; at < given.length; ) {
    const found = longest.map((direction) => named(given.slice(at), direction)).find((one) => one !== null);
    const edit = found?.edit ?? given[at];
    if (edit) edits.push(edit);
    at += found?.length ?? 1;
  }
  return withComponentEdits(recipe, edits);
}

function named(edits: ComponentEdit[], direction: Direction): { edit: ComponentEdit; length: number } | null {
  const parts = partsOf(direction);
  const [first] = edits;
  const [lead] = parts;
  if (!first || !lead || edits.length < parts.length) return null;
  const sigmas = first.sigmas / lead.weight;
  const fits = parts.every((part, i) => {
    const edit = edits[i];
    return (
      edit?.component.case === "index" &&
      edit.component.value === part.index &&
      edit.layerStart === part.layers[0] &&
      edit.layerEnd === part.layers[1] &&
      (edit.mode || EditMode.RELATIVE) === (first.mode || EditMode.RELATIVE) &&
      Math.abs(edit.sigmas - sigmas * part.weight) < 1e-9
    );
  });
  if (!fits) return null;
  const { layerStart: _start, layerEnd: _end, ...rest } = first;
  return { edit: { ...rest, sigmas, component: { case: "name", value: direction.name } }, length: parts.length };
}

// Components that matter first: those that nobody set aside, by falling variance.
export const bySignificance = (components: Component[]) =>
  [...components].sort((a, b) => Number(a.rejected) - Number(b.rejected) || a.index - b.index);
