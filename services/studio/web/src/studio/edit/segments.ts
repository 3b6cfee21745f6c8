// The regions of the image that a transfer acts on: where each of its pixels belongs.

import { create } from "@bufbuild/protobuf";
import { computed, effect, untracked } from "@preact/signals";

import { type Recipe, RecipeSchema } from "../../protos/mammoganesis/v1/latents_pb";
import type { RegionSummary } from "../../protos/mammoganesis/v1/style_transfer_pb";
import { styleTransferService } from "../../rpc/clients";
import { textOf } from "../../state/address";
import { latentOf, sampleOf } from "../../state/recipe";
import { generation, regions, served } from "../../state/served";
import { moving, state } from "../../state/store";
import { decodePicture } from "../../viewer/picture";
import { outlinesOf } from "../../viewer/outlines";
import type { Place, Size } from "../../viewer/types";
import { createAsked } from "./asked";
import { awaited, target } from "./transfer";

export interface LabelMap extends Size {
  readonly labels: Uint8Array | Uint16Array; // index of the region of each pixel, row by row
  readonly outlines: ReadonlyMap<number, Place[][]>; // of each region that is there
}

// Pure.
export function labelMapOf(size: Size, labels: Uint8Array | Uint16Array): LabelMap {
  const there = [...new Set(labels)].sort((a, b) => a - b);
  return { ...size, labels, outlines: new Map(there.map((index) => [index, outlinesOf(size, (pixel) => labels[pixel] === index)])) };
}

// Region at a place of the image.
export function regionAt({ labels, width, height }: LabelMap, [x, y]: Place): number {
  const column = Math.min(width - 1, Math.floor(x * width));
  const row = Math.min(height - 1, Math.floor(y * height));
  return labels[row * width + column]!;
}

const BLACK = "#000000"; // of the background in the catalogue: it would not be seen
const GREYS = ["#8d96a0", "#5d656d", "#c6ccd2"]; // instead, in turn

// The colour in which each region is shown, by its index. Pure.
export function coloursOf(all: readonly Pick<RegionSummary, "index" | "colour">[]): ReadonlyMap<number, string> {
  const black = all.filter(({ colour }) => colour === BLACK);
  return new Map(all.map((region) => [region.index, region.colour === BLACK ? GREYS[black.indexOf(region) % GREYS.length]! : region.colour]));
}

export const colours = computed(() => coloursOf(regions.value));

// Of which breast an image is and in which view, whatever else is done to it. Pure.
export function subjectOf(image: Recipe): string {
  const { origin, labels } = sampleOf(image) ?? image;
  return textOf(create(RecipeSchema, { origin, labels }));
}

export const segments = createAsked<LabelMap & { readonly subject: string }>();

// The regions of the image that a transfer acts on; null until they are known.
export const ofTarget = (): LabelMap | null => (segments.answer.value?.key === keyOf(target.value) ? segments.answer.value.is : null);

// Whether those that are known are another breast's, or another view's: those of an image that is edited are near enough until its own come.
export const areOthers = () => segments.answer.value !== null && segments.answer.value.is.subject !== subjectOf(target.value);

// Whether the image on show has a region, as far as is known: no CC view shows an axillary tail.
export const isThere = (index: number) => ofTarget()?.outlines.has(index) ?? true;

// Whether it is known which regions the image on show has, or that this cannot be found out.
export const areKnown = () => ofTarget() !== null || segments.failure.value !== "";

// Until they are, or nobody waits for it any more.
export async function whenKnown(signal: AbortSignal): Promise<void> {
  let stop = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      stop = effect(() => void (areKnown() && resolve()));
      signal.addEventListener("abort", () => reject(signal.reason as DOMException));
    });
  } finally {
    stop();
  }
}

const keyOf = (image: Recipe) => `${served.value?.model.bundleDigest ?? ""} ${textOf(image)}`;

// Whether outlines are over the image, or a press waits for them.
const shown = () => regions.value.length > 0 && state.value.screen === "edit" && (state.value.tab === "region" || state.value.overlay || awaited.value !== null);

effect(() => {
  void generation.value;
  if (moving.value) return; // the outlines follow when the control rests
  const image = shown() ? target.value : null;
  const key = image && keyOf(image);
  untracked(() =>
    segments.want(key, async (signal) => {
      const { labelMapPng } = await styleTransferService.segmentRegions({ latent: latentOf(image ?? target.value) }, { signal });
      const { pixels, width, height } = decodePicture(labelMapPng);
      return { ...labelMapOf({ width, height }, pixels), subject: subjectOf(image ?? target.value) };
    }),
  );
});
