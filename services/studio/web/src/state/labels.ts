// Labels drawn for a seed, as often as the training images have them: the rule of GetModelResponse.label_mixture. Pure.

import type { GetModelResponse, LabelField } from "../protos/mammoganesis/v1/model_pb";

export type Labels = Record<string, string>; // value by field; one that is not known is missing
export type Labelled = Pick<GetModelResponse, "labelFields" | "labelMixture">;

interface Combination {
  readonly labels: Labels;
  readonly images: number;
}

const GOLDEN = 2654435769; // 2^32 divided by the golden ratio
const MOST = 4096; // combinations that are listed: of more nothing is drawn

// Those given and, as far as training images have them together with these, drawn ones; in the order of the fields.
export function labelsOfSeed(seed: number, { labelFields, labelMixture }: Labelled, given: Labels = {}): Labels {
  const mixture: readonly Combination[] = labelMixture.length > 0 ? labelMixture : combinationsOf(labelFields);
  const within = mixture.filter(({ labels }) => Object.entries(given).every(([field, value]) => labels[field] === value));
  const all = within.reduce((sum, { images }) => sum + images, 0);
  const place = (Math.imul(seed, GOLDEN) >>> 0) / 2 ** 32;
  let share = 0;
  const found = within.find(({ images }) => place < (share += images / all)) ?? within.at(-1);
  return inOrder(found?.labels ?? given, labelFields);
}

export const inOrder = (labels: Labels, fields: readonly LabelField[]): Labels =>
  Object.fromEntries(fields.flatMap(({ name }) => (labels[name] ? [[name, labels[name]]] : [])));

// What stands in `labels` and not in `given`.
export const drawnOf = (labels: Labels, given: Labels): Labels => Object.fromEntries(Object.entries(labels).filter(([field]) => !given[field]));

// All combinations of values, each as often as the others, those of the last field changing fastest.
function combinationsOf(fields: readonly LabelField[]): readonly Combination[] {
  if (fields.reduce((product, { values }) => product * values.length, 1) > MOST) return [];
  const rows = fields.reduce<Labels[]>((rows, { name, values }) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))), [{}]);
  return rows.map((labels) => ({ labels, images: 1 }));
}
