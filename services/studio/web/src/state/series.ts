// Images that belong together, to be taken away as one file. Pure.

import type { Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { isEdited, withoutEdits } from "./recipe";

export interface Series {
  recipes: Recipe[];
  labels: string[]; // one each, for a person
  title: string;
}

const MOST = 64; // images of a file: services/studio/takeaway.py
const LONGEST = 200; // characters of a label

export const seriesOf = (title: string, members: { recipe: Recipe; label: string }[]): Series => {
  const kept = members.slice(-MOST);
  return { title: title.slice(0, LONGEST), recipes: kept.map(({ recipe }) => recipe), labels: kept.map(({ label }) => label.slice(0, LONGEST)) };
};

// The image without its edits, and with them; null for one that has none.
export const beforeAndAfter = (title: string, recipe: Recipe, [before, after]: [string, string]): Series | null =>
  isEdited(recipe) ? seriesOf(title, [{ recipe: withoutEdits(recipe), label: before }, { recipe, label: after }]) : null;
