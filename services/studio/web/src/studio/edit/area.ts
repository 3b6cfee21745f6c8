// The mask of the transfer under edit, unpacked.

import { computed, effect, untracked } from "@preact/signals";

import { base64url } from "../../state/base64url";
import { inflatedMask } from "../../viewer/masks";
import type { Mask } from "../../viewer/types";
import { createAsked } from "./asked";
import { transfer } from "./transfer";

const unpacked = createAsked<Mask>();

const keyOf = (deflated: Uint8Array, size: number) => `${size} ${base64url(deflated)}`;

effect(() => {
  const mask = transfer.value?.mask;
  untracked(() => unpacked.want(mask ? keyOf(mask.deflated, mask.size) : null, () => inflatedMask(mask?.deflated ?? new Uint8Array(), mask?.size ?? 0)));
});

// null: the transfer has none, or not yet.
export const area = computed<Mask | null>(() => {
  const mask = transfer.value?.mask;
  const answer = unpacked.answer.value;
  return mask && answer?.key === keyOf(mask.deflated, mask.size) ? answer.is : null;
});
