// What a person does to the transfer under edit.

import { create } from "@bufbuild/protobuf";
import { computed, effect, signal, untracked } from "@preact/signals";

import { Locality, StyleTransferSchema, type Recipe, type StyleTransfer } from "../../protos/mammoganesis/v1/latents_pb";
import { styleTransferService } from "../../rpc/clients";
import { isCancelled, messageOf, retryAfter } from "../../rpc/failures";
import { textOf } from "../../state/address";
import { latentOf, recipeOfSeed, sampleOf } from "../../state/recipe";
import { editing, generation, lost, randomSeed, regions, smallResolution } from "../../state/served";
import { look, move, recipe, settle, state } from "../../state/store";
import { changedTransfer, indicesOf, isMasked, regionOf, toggled, withoutTransfer, withTransferAt } from "../../state/transfers";
import { regionName } from "../../state/words";
import { counted, t } from "../../texts/texts";
import { isEmpty, pngOfMask } from "../../viewer/masks";
import { PAINT, type Mask } from "../../viewer/types";
import { areKnown, isThere, whenKnown } from "./segments";
import { awaited, chosen, draft, locality, position, reference, refusalOf, target, transfer } from "./transfer";

const PAUSE = 300; // milliseconds between two strokes of the brush that belong together

const firstSeed = signal<number | null>(null);

export const mistake = signal(""); // why the last press did nothing
export const strokes = signal<Mask | null>(null); // painted, not yet in the recipe

// Regions that are chosen, those on their way included.
export const picked = computed<readonly number[]>(() => awaited.value ?? indicesOf(transfer.value?.regions ?? [], regions.value));

export function choose(place: number | "next"): void {
  chosen.value = place;
  mistake.value = "";
  if (place === "next") draft.value = { reference: reference.value, locality: null };
}

// Another image of the same kind as the one on show, until somebody chooses.
export function prepare(): void {
  if (draft.value.reference) return;
  const sample = sampleOf(recipe.value);
  firstSeed.value ??= randomSeed() % 1000;
  draft.value = { ...draft.value, reference: recipeOfSeed(firstSeed.value, sample?.labels ?? {}, sample?.truncation?.psi) };
}

// A change of the transfer under edit, while its control moves (`live`) and when it rests.
export function change(how: (copy: StyleTransfer) => void, live = false): void {
  if (!transfer.value) return;
  const next = withTransferAt(recipe.value, position.value, changedTransfer(transfer.value, how));
  if (live) move(next);
  else settle(next);
}

export function refer(to: Recipe, live = false): void {
  if (transfer.value) change((copy) => (copy.reference = to), live);
  else draft.value = { ...draft.value, reference: to };
}

// Puts a transfer where the one under edit is, or after all others.
function put(next: StyleTransfer): void {
  const place = position.value ?? recipe.value.styleTransfers.length;
  settle(withTransferAt(recipe.value, position.value, next));
  chosen.value = place;
}

// Without regions and without a mask there is no transfer; what it was made of stays at hand.
export function takeAway(): void {
  const place = position.value;
  if (place === null) return;
  draft.value = { reference: reference.value, locality: locality.value };
  chosen.value = "next";
  settle(withoutTransfer(recipe.value, place));
}

export function changeLocality(to: Locality): void {
  if (to === locality.value) return;
  const indices = picked.value;
  mistake.value = refusalOf(to);
  if (mistake.value) return;
  if (!transfer.value) draft.value = { ...draft.value, locality: to };
  else if (indices.length === 0) mistake.value = t("edit.transfer.painted");
  else void take(indices, to);
}

// A region goes into the transfer under edit, or out of it.
export function toggle(index: number): void {
  const indices = toggled(picked.value, index);
  const max = editing.value.maxRegions;
  mistake.value = indices.length > max ? counted("edit.transfer.regions", max) : refusalOf(locality.value);
  if (!mistake.value) void take(indices, locality.value);
}

async function take(indices: readonly number[], as: Locality): Promise<void> {
  strokes.value = null;
  if (indices.length === 0) {
    asking?.abort();
    awaited.value = null;
    return takeAway();
  }
  if (as === Locality.MASKED) return ask(indices, null);
  const { strength, rho, epsilon, layerEpsilons = [] } = transfer.value ?? {};
  put(
    create(StyleTransferSchema, {
      reference: reference.value,
      regions: indices.map(regionOf),
      layerEpsilons,
      ...(strength === undefined ? {} : { strength }),
      ...(rho === undefined ? {} : { rho }),
      ...(epsilon === undefined ? {} : { epsilon }),
    }),
  );
}

let asking: AbortController | null = null;
let again: (() => void) | null = null; // what found nobody there

effect(() => {
  void generation.value;
  untracked(() => {
    const once = again;
    again = null;
    once?.();
  });
});

// Without the regions that are to come in and that the target turns out not to show, which are said by their names; none where nothing is left to ask.
function withoutAbsent(indices: readonly number[]): readonly number[] {
  const before = transfer.value && isMasked(transfer.value) ? indicesOf(transfer.value.regions, regions.value) : [];
  const lacking = indices.filter((index) => !isThere(index));
  const absent = lacking.length === indices.length ? lacking : lacking.filter((index) => !before.includes(index));
  if (absent.length === 0) return indices;
  const labels = sampleOf(recipe.value)?.labels ?? {};
  const names = absent.map((index) => regionName(regions.value.find((region) => region.index === index), index, labels));
  mistake.value = t("edit.transfer.absent", { name: names.join(", ") });
  const rest = indices.filter((index) => !absent.includes(index));
  return rest.every((index) => before.includes(index)) ? [] : rest;
}

// The masked transfer as the services make it: their segmentation of the target, or what was painted. They are asked when it is known what the
// target shows.
async function ask(indices: readonly number[], mask: Mask | null): Promise<void> {
  asking?.abort();
  const controller = new AbortController();
  asking = controller;
  again = null;
  try {
    if (!mask) {
      if (!areKnown()) {
        awaited.value = indices;
        await whenKnown(controller.signal);
      }
      indices = withoutAbsent(indices);
      if (indices.length === 0) return;
    }
    awaited.value = mask ? null : indices;
    const asked = textOf(target.value);
    const { strength, mask: before } = transfer.value ?? {};
    const { image } = await styleTransferService.transferStyle(
      {
        target: latentOf(target.value),
        reference: latentOf(reference.value),
        regions: indices.map(regionOf),
        locality: Locality.MASKED,
        format: { resolution: smallResolution.value },
        ...(mask ? { mask: { case: "maskPng", value: pngOfMask(mask) } } : {}),
        ...(strength === undefined ? {} : { strength }),
        ...(before?.feather === undefined ? {} : { feather: before.feather }),
      },
      { signal: controller.signal },
    );
    const made = image?.recipe?.styleTransfers.at(-1);
    if (asking !== controller || !made) return;
    if (textOf(target.value) !== asked) return void ask(indices, mask); // another image by now
    put(changedTransfer(made, (copy) => (copy.reference = reference.value))); // as the page has it, not completed
    if (!paused) strokes.value = null;
    if (mask && !paused) showPaint(false); // it has acted, and would lie over what it did
  } catch (error) {
    if (asking !== controller || isCancelled(error)) return;
    if (retryAfter(error) !== null) {
      again = () => void ask(indices, mask);
      lost(error);
    } else mistake.value = messageOf(error);
  } finally {
    if (asking === controller && !again) awaited.value = null;
  }
}

let paused: ReturnType<typeof setTimeout> | undefined;

function showPaint(shown: boolean): void {
  const { viewer } = state.value;
  if (viewer.hidden.includes(PAINT) !== shown) return;
  look({ viewer: { ...viewer, hidden: shown ? viewer.hidden.filter((key) => key !== PAINT) : [...viewer.hidden, PAINT] } });
}

// What the brush has made of the mask; it becomes the transfer's when the hand rests.
export function paint(mask: Mask): void {
  strokes.value = mask;
  showPaint(true);
  mistake.value = refusalOf(Locality.MASKED);
  clearTimeout(paused);
  if (mistake.value) return;
  paused = setTimeout(() => {
    paused = undefined;
    if (!isEmpty(mask)) void ask([], mask);
    else {
      strokes.value = null;
      takeAway();
    }
  }, PAUSE);
}
