// Cases as the editor changes them. Pure functions; every one gives a new case.

import { clone, create } from "@bufbuild/protobuf";

import {
  CaseImageSchema,
  CaseSchema,
  FindingSchema,
  type Case,
  type CaseImage,
  type Finding,
  type Mark,
} from "../protos/mammoganesis/v1/cases_pb";
import { Side, View } from "../protos/mammoganesis/v1/images_pb";
import { NoiseMode, NoiseSchema, type Recipe } from "../protos/mammoganesis/v1/latents_pb";
import type { LabelField } from "../protos/mammoganesis/v1/model_pb";
import { labelsOfSeed, type Labelled } from "../state/labels";
import { latentOf, recipeOfSeed, withLabel, withNoise } from "../state/recipe";

export const MAX_IMAGES = 4;
export const MAX_FINDINGS = 32;
export const MAX_MARKS = 16;
const SEEDS = 2 ** 32;

// "case_" or "collection_" and 32 hexadecimal digits drawn at random: a call that creates it may be made again.
export function freshId(kind: "case" | "collection"): string {
  const digits = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0"));
  return `${kind}_${digits.join("")}`;
}

// The first of "image-1", "image-2", ... that is not taken.
export function freeId(kind: "image" | "finding" | "question", taken: string[]): string {
  for (let number = 1; ; number++) if (!taken.includes(`${kind}-${number}`)) return `${kind}-${number}`;
}

// A copy with changes.
export function changed(one: Case, change: (copy: Case) => void): Case {
  const copy = clone(CaseSchema, one);
  change(copy);
  return copy;
}

// The list with one thing moved from a place to another.
export function reordered<Thing>(list: readonly Thing[], from: number, to: number): Thing[] {
  const rest = list.filter((_, place) => place !== from);
  const thing = list[from];
  return thing === undefined ? [...list] : [...rest.slice(0, to), thing, ...rest.slice(to)];
}

// Networks draw a breast with the chest wall on the right, as a right breast hangs; a left one hangs the other way round.
export const hangsMirrored = (side: Side) => side === Side.LEFT;

interface Position {
  side: Side;
  view: View;
}

export function imageOf(recipe: Recipe, imageId: string, { side, view }: Position): CaseImage {
  return create(CaseImageSchema, { imageId, latent: latentOf(recipe), side, view, mirrored: hangsMirrored(side) });
}

export const NOWHERE: Position = { side: Side.UNSPECIFIED, view: View.UNSPECIFIED };

// As a screening examination hangs: right and left back to back, craniocaudal above oblique.
export const FOUR_VIEWS: readonly Position[] = [
  { side: Side.RIGHT, view: View.CC },
  { side: Side.LEFT, view: View.CC },
  { side: Side.RIGHT, view: View.MLO },
  { side: Side.LEFT, view: View.MLO },
];

const VIEW_LABELS: Record<View, string> = { [View.UNSPECIFIED]: "", [View.CC]: "CC", [View.MLO]: "MLO" };

const VIEWS = [View.CC, View.MLO];

// Whether a model draws the view that it is asked for.
export const knowsViews = (fields: LabelField[]) =>
  fields.some(({ name, values }) => name === "view" && values.includes("CC") && values.includes("MLO"));

// Recipes of one woman's four views, as far as the model knows her: a model with labels of views draws them of one seed, the left breast with
// other noise; another model draws four seeds in a row.
export function fourRecipes(seed: number, model: Labelled): Recipe[] {
  const next = (step: number) => (seed + step) % SEEDS;
  if (!knowsViews(model.labelFields)) return FOUR_VIEWS.map((_, place) => recipeOfSeed(next(place), labelsOfSeed(next(place), model)));
  return FOUR_VIEWS.map(({ side, view }) => {
    const recipe = recipeOfSeed(seed, { view: VIEW_LABELS[view] });
    if (side !== Side.LEFT) return recipe;
    return withNoise(recipe, create(NoiseSchema, { mode: NoiseMode.RANDOM, seed: BigInt(next(1)) }));
  });
}

// "screening": four views; "single": one image.
export type Template = "screening" | "single";

export function newCase(title: string, images: CaseImage[]): Case {
  return create(CaseSchema, { caseId: freshId("case"), title, images });
}

export function imagesOf(template: Template, seed: number, model: Labelled): CaseImage[] {
  if (template === "single") return withImageOfSeed(newCase("", []), seed, model).images;
  return fourRecipes(seed, model).map((recipe, place) => imageOf(recipe, `image-${place + 1}`, FOUR_VIEWS[place] ?? NOWHERE));
}

export const recipeOfImage = (image: CaseImage): Recipe | null => (image.latent?.kind.case === "recipe" ? image.latent.kind.value : null);

// The position that a new image most likely has: the first of the four views that is not there.
export function nextPosition(images: CaseImage[]): Position {
  if (images.length === 0 || images.some((image) => image.side === Side.UNSPECIFIED || image.view === View.UNSPECIFIED)) return NOWHERE;
  return FOUR_VIEWS.find(({ side, view }) => !images.some((image) => image.side === side && image.view === view)) ?? NOWHERE;
}

// One image more; its view is what its recipe says, or else what its place says.
export function withImage(one: Case, recipe: Recipe, fields: LabelField[]): Case {
  return changed(one, (copy) => {
    const { side, view: likely } = nextPosition(copy.images);
    const said = VIEWS.find((view) => VIEW_LABELS[view] === recipe.labels["view"]);
    const view = said ?? likely;
    const asked = said === undefined && view !== View.UNSPECIFIED && recipe.origin.case === "seed" && knowsViews(fields);
    copy.images.push(imageOf(asked ? withLabel(recipe, "view", VIEW_LABELS[view]) : recipe, freeId("image", copy.images.map(({ imageId }) => imageId)), { side, view }));
  });
}

// One image more, of a seed: in the view that its place most likely has; where that is not known, as its labels are drawn.
export function withImageOfSeed(one: Case, seed: number, model: Labelled): Case {
  const view = VIEW_LABELS[nextPosition(one.images).view];
  const given: Record<string, string> = view && knowsViews(model.labelFields) ? { view } : {};
  return withImage(one, recipeOfSeed(seed, labelsOfSeed(seed, model, given)), model.labelFields);
}

// A change to one image. Another side hangs the other way round; another view is another picture where the model draws views. A view that is not
// said leaves the picture as it is: it takes away what the case says, not what is in the image.
export function withImageChange(one: Case, place: number, change: Partial<CaseImage>, fields: LabelField[]): Case {
  return changed(one, (copy) => {
    const image = copy.images[place];
    if (!image) return;
    Object.assign(image, change);
    if (change.side !== undefined) image.mirrored = hangsMirrored(change.side);
    const recipe = recipeOfImage(image);
    if (change.view && recipe?.origin.case === "seed" && knowsViews(fields)) {
      image.latent = latentOf(withLabel(recipe, "view", VIEW_LABELS[change.view]));
    }
  });
}

// Without an image, and without the marks on it; a finding that was only there goes too, and questions ask for it no more.
export function withoutImage(one: Case, imageId: string): Case {
  return changed(one, (copy) => {
    copy.images = copy.images.filter((image) => image.imageId !== imageId);
    for (const finding of copy.findings) finding.marks = finding.marks.filter((mark) => mark.imageId !== imageId);
    for (const { findingId } of copy.findings.filter(({ marks }) => marks.length === 0)) dropFinding(copy, findingId);
  });
}

// A mark as a new finding, or as one more place of the finding named.
export function withMark(one: Case, mark: Mark, name: string, findingId: string | null): Case {
  return changed(one, (copy) => {
    const finding = copy.findings.find((other) => other.findingId === findingId);
    if (finding) finding.marks.push(mark);
    else {
      const id = freeId("finding", copy.findings.map((other) => other.findingId));
      copy.findings.push(create(FindingSchema, { findingId: id, name, marks: [mark] }));
    }
  });
}

export const withFindingChange = (one: Case, place: number, change: Partial<Finding>): Case =>
  changed(one, (copy) => {
    const finding = copy.findings[place];
    if (finding) Object.assign(finding, change);
  });

export const withoutFinding = (one: Case, findingId: string): Case => changed(one, (copy) => dropFinding(copy, findingId));

// Without one place of a finding; with its last one the finding goes.
export function withoutMark(one: Case, findingId: string, place: number): Case {
  return changed(one, (copy) => {
    const finding = copy.findings.find((other) => other.findingId === findingId);
    finding?.marks.splice(place, 1);
    if (finding?.marks.length === 0) dropFinding(copy, findingId);
  });
}

function dropFinding(copy: Case, findingId: string): void {
  const others = (ids: string[]) => ids.filter((id) => id !== findingId);
  copy.findings = copy.findings.filter((finding) => finding.findingId !== findingId);
  for (const question of copy.questions) {
    question.findingIds = others(question.findingIds);
    if (question.kind.case === "mark") question.kind.value.findingIds = others(question.kind.value.findingIds);
  }
}
