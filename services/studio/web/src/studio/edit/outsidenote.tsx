// How much of what the transfer under edit changes lies outside the region.

import { computed, effect, untracked } from "@preact/signals";

import { fullImage } from "../../images/stage";
import { textOf } from "../../state/address";
import { generation, served } from "../../state/served";
import { moving, recipe, state } from "../../state/store";
import { isMasked, withoutTransfer } from "../../state/transfers";
import { percent, t } from "../../texts/texts";
import { shareOutside } from "../../viewer/outside";
import type { Mask } from "../../viewer/types";
import { createAsked } from "./asked";
import { area } from "./area";
import { ofTarget } from "./segments";
import { position, transfer } from "./transfer";
import { picked } from "./transferring";

const PAUSE = 400; // milliseconds after the last change: the image on the stage comes first

const share = createAsked<number | null>();

// Where the transfer under edit is meant to act; null while that is not known.
const meant = computed<Mask | null>(() => {
  if (!transfer.value) return null;
  if (isMasked(transfer.value)) return area.value;
  const map = ofTarget();
  return map ? { values: Uint8Array.from(map.labels, (index) => (picked.value.includes(index) ? 255 : 0)), width: map.width, height: map.height } : null;
});

const pause = (signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, PAUSE);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason as DOMException)));
  });

effect(() => {
  void generation.value;
  const [mask, place] = [meant.value, position.value];
  const shown = state.value.screen === "edit" && state.value.tab === "region";
  if (moving.value) return;
  const [after, before] = mask && place !== null && shown ? [recipe.value, withoutTransfer(recipe.value, place)] : [null, null];
  const key = after && [served.value?.model.bundleDigest, textOf(after), place, picked.value.join()].join(" ");
  untracked(() =>
    share.want(key, async (signal) => {
      if (!after || !before || !mask) return null;
      await pause(signal);
      const pictures = await Promise.all([before, after].map((one) => fullImage(one, signal)));
      const [first, second] = pictures.map(({ picture }) => picture);
      return first && second ? shareOutside(first, second, mask) : null;
    }),
  );
});

export function OutsideNote() {
  const outside = share.answer.value?.is ?? null;
  return (
    <p class="note" role="status">
      {outside === null || moving.value ? "" : t("edit.transfer.outside", { share: percent(outside) })}
    </p>
  );
}
