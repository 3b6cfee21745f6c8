// Masks made of regions follow the image: what has changed it since moves its regions, and the services are asked again where they lie.

import { equals } from "@bufbuild/protobuf";
import { computed, effect, signal, untracked } from "@preact/signals";

import { Locality, MaskSchema, type Recipe, type StyleTransfer } from "../../protos/mammoganesis/v1/latents_pb";
import { styleTransferService } from "../../rpc/clients";
import { isCancelled, messageOf, retryAfter } from "../../rpc/failures";
import { latentOf, sameRecipe, withNoise } from "../../state/recipe";
import { generation, lost, smallResolution } from "../../state/served";
import { amend, recipe, settled } from "../../state/store";
import { changedTransfer, isMasked, targetOf, withTransferAt } from "../../state/transfers";

export const following = signal(false); // masks are on their way
const failed = signal<{ step: Recipe; message: string } | null>(null);

// Why masks are still those of the image before.
export const behind = computed(() => (failed.value && sameRecipe(failed.value.step, recipe.value) ? failed.value.message : ""));

interface Pending {
  before: Recipe; // the last step whose masks are known to lie where its regions do
  step: Recipe;
}

let asking: AbortController | null = null;
let pending: Pending | null = null;

const sameMask = (a: StyleTransfer, b: StyleTransfer) => a.mask !== undefined && b.mask !== undefined && equals(MaskSchema, a.mask, b.mask);

// Places of the transfers whose mask was made of regions of another image. Noise moves none.
export function outdated(before: Recipe, next: Recipe): number[] {
  return next.styleTransfers.flatMap((transfer, place) => {
    if (!isMasked(transfer) || transfer.regions.length === 0) return [];
    const made = before.styleTransfers.findIndex((one) => sameMask(one, transfer));
    if (made < 0) return []; // just now, for this image
    const [then, now] = [targetOf(before, made), targetOf(next, place)].map((target) => withNoise(target, undefined));
    return then && now && sameRecipe(then, now) ? [] : [place];
  });
}

async function follow({ before, step }: Pending): Promise<void> {
  asking?.abort();
  const controller = new AbortController();
  asking = controller;
  pending = { before, step };
  failed.value = null;
  let next = step;
  try {
    for (let place = 0; place < step.styleTransfers.length; place++) {
      const transfer = next.styleTransfers[place];
      if (!transfer || !outdated(before, next).includes(place)) continue;
      following.value = true;
      const mask = await maskOf(transfer, targetOf(next, place), controller.signal);
      if (asking !== controller) return;
      if (mask) next = withTransferAt(next, place, changedTransfer(transfer, (copy) => (copy.mask = mask)));
    }
    pending = null;
    if (!sameRecipe(next, step)) amend(step, next);
  } catch (error) {
    if (asking !== controller || isCancelled(error)) return;
    failed.value = { step, message: messageOf(error) };
    if (retryAfter(error) !== null) lost(error);
  } finally {
    if (asking === controller) following.value = false;
  }
}

async function maskOf(transfer: StyleTransfer, target: Recipe, signal: AbortSignal) {
  const { reference, regions, mask } = transfer;
  const { image } = await styleTransferService.transferStyle(
    {
      target: latentOf(target),
      regions,
      locality: Locality.MASKED,
      format: { resolution: smallResolution.value },
      ...(reference ? { reference: latentOf(reference) } : {}),
      ...(mask?.feather === undefined ? {} : { feather: mask.feather }),
    },
    { signal },
  );
  return image?.recipe?.styleTransfers.at(-1)?.mask;
}

effect(() => {
  const step = settled.value;
  untracked(() => {
    if (!step) return;
    const before = pending && sameRecipe(pending.step, step.before) ? pending.before : step.before;
    void follow({ before, step: step.next });
  });
});

// What found nobody there is asked again.
effect(() => {
  void generation.value;
  untracked(() => failed.value && pending && void follow(pending));
});
