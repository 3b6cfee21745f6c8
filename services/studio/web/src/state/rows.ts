// Sliders for the edits of a recipe: every edit has one, and an axis that has no edit yet has one at rest. Pure.

import type { ComponentEdit, Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { isOf, withEdit, withEditAt, withoutIdleEdits, type Axis, type EditChange } from "./recipe";

export interface Row {
  axis: Axis;
  position: number | null; // in the recipe's list; null: no edit yet
  edit: ComponentEdit | null;
}

// At least one; several where a file brings edits of other layers, or from the mean.
export function rowsOf(recipe: Recipe, axis: Axis): Row[] {
  const rows = recipe.componentEdits.flatMap((edit, position): Row[] => (isOf(edit, axis) ? [{ axis, position, edit }] : []));
  return rows.length > 0 ? rows : [{ axis, position: null, edit: null }];
}

// The edit set anew while its control moves: it keeps its place on its way through 0.
export const rowMoved = (recipe: Recipe, { axis, position }: Row, change: EditChange): Recipe =>
  position === null ? withEdit(recipe, axis, change) : withEditAt(recipe, position, change);

export const rowSettled = (recipe: Recipe, row: Row, change: EditChange): Recipe => withoutIdleEdits(rowMoved(recipe, row, change));

// Edits whose axis has no slider of its own, such as directions of another version of the bundle.
export const strayRows = (recipe: Recipe, axes: Axis[]): Row[] =>
  recipe.componentEdits.flatMap((edit, position): Row[] =>
    edit.component.case === undefined || axes.some((axis) => isOf(edit, axis)) ? [] : [{ axis: edit.component, position, edit }],
  );
