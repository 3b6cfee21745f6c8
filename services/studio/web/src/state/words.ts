// A recipe in few words: captions, lists, steps of the history.

import { equals } from "@bufbuild/protobuf";

import {
  ComponentEditSchema,
  EditMode,
  NoiseMode,
  RecipeSchema,
  type ComponentEdit,
  type Noise,
  type Recipe,
  type StyleTransfer,
} from "../protos/mammoganesis/v1/latents_pb";
import type { RegionSummary } from "../protos/mammoganesis/v1/style_transfer_pb";
import { known, number, percent, signed, t } from "../texts/texts";
import { partsOf } from "./axes";
import { directions, regions } from "./served";

export const directionName = (name: string) => known(`direction.${name}`, name);

export function axisName(edit: ComponentEdit): string {
  if (edit.component.case === "name") return directionName(edit.component.value);
  return t("words.component", { index: edit.component.value ?? 0 });
}

export function moveText(edit: ComponentEdit): string {
  const key = edit.mode === EditMode.ABSOLUTE ? "words.moveTo" : "words.move";
  return t(key, { name: axisName(edit), sigmas: signed(edit.sigmas) });
}

// Where an edit acts, for experts: the layers set, or the direction's own.
export function layersText(edit: ComponentEdit, numWs: number): string {
  const direction = edit.component.case === "name" ? directions.value.find(({ name }) => name === edit.component.value) : undefined;
  const own = direction ? partsOf(direction).map((part) => part.layers) : [[0, numWs] as [number, number]];
  const from = edit.layerStart ?? Math.min(...own.map((layers) => layers[0]));
  const to = edit.layerEnd ?? Math.max(...own.map((layers) => layers[1]));
  return t("words.layers", { from, to: to - 1 });
}

// A region's name in an image with these labels: the same place is another part of the breast in another view.
export function regionName(region: RegionSummary | undefined, index: number, labels: Record<string, string>): string {
  const name = region?.labelledNames.find(({ field, value }) => labels[field] === value)?.name || region?.name;
  return name ? known(`region.${name}`, name) : t("words.region", { index });
}

export function regionsText(transfer: StyleTransfer, labels: Record<string, string>): string {
  if (transfer.regions.length === 0) return t("words.area");
  const names = transfer.regions.map(({ region }) => {
    if (region.case === "name") return known(`region.${region.value}`, region.value);
    const index = region.value ?? 0;
    return regionName(regions.value.find((one) => one.index === index), index, labels);
  });
  return names.join(", ");
}

export function transferText(transfer: StyleTransfer, labels: Record<string, string>): string {
  return t("words.transfer", { regions: regionsText(transfer, labels), reference: transfer.reference ? originText(transfer.reference) : "" });
}

export function noiseText(noise: Noise | undefined): string {
  switch (noise?.mode) {
    case NoiseMode.CONST:
      return t("words.noise.const");
    case NoiseMode.RANDOM:
      return t("words.noise.random", { seed: String(noise.seed) });
    case NoiseMode.NONE:
      return t("words.noise.none");
    case NoiseMode.INTERPOLATED:
      return t("words.noise.interpolated");
    default:
      return "";
  }
}

// What the image is before edits, with its labels.
export function originText(recipe: Recipe): string {
  const { origin } = recipe;
  const labels = Object.values(recipe.labels);
  switch (origin.case) {
    case "seed":
      return [t("words.seed", { seed: String(origin.value) }), ...labels].join(" · ");
    case "interpolation":
      return t("words.interpolation", { percent: percent(origin.value.fraction) });
    case "mixing": {
      const { base, style, layerStart = 0, layerEnd = 1 } = origin.value;
      return t("words.mixing", { base: base ? originText(base) : "", style: style ? originText(style) : "", from: layerStart, to: layerEnd - 1 });
    }
    default:
      return t("words.code");
  }
}

// The whole of it on one line.
export function titleOf(recipe: Recipe): string {
  const psi = recipe.truncation?.psi;
  return [
    originText(recipe),
    ...(psi === undefined ? [] : [t("words.psi", { psi: number(psi, 2) })]),
    ...recipe.componentEdits.map(moveText),
    ...recipe.styleTransfers.map((transfer) => transferText(transfer, recipe.labels)),
    noiseText(recipe.noise),
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

// What a step of the history changed: the first thing that is other than before.
export function stepText(before: Recipe | null, after: Recipe): string {
  if (before === null || originText(before) !== originText(after)) return originText(after);
  const edit = after.componentEdits.find((one) => !before.componentEdits.some((other) => equals(ComponentEditSchema, one, other)));
  if (edit) return moveText(edit);
  const gone = before.componentEdits.find((one) => !after.componentEdits.some((other) => axisName(other) === axisName(one)));
  if (gone) return t("words.removed", { name: axisName(gone) });
  const texts = (recipe: Recipe) => recipe.styleTransfers.map((transfer) => transferText(transfer, recipe.labels));
  const removed = texts(before).find((text) => !texts(after).includes(text));
  const transfer = after.styleTransfers.find((one, i) => {
    const other = before.styleTransfers[i];
    return !other || !equals(RecipeSchema, { ...after, styleTransfers: [one] }, { ...after, styleTransfers: [other] });
  });
  if (transfer) return transferText(transfer, after.labels);
  if (removed) return t("words.removed", { name: removed });
  if (before.truncation?.psi !== after.truncation?.psi && after.truncation?.psi !== undefined) return t("words.psi", { psi: number(after.truncation.psi, 2) });
  return noiseText(after.noise) || originText(after);
}
