// What lies over the images of a trial: what is chosen or marked, after practice which ones are generated, and in the end what was changed. Pure.

import { t } from "../texts/texts";
import { OVERLAY_COLOURS } from "../viewer/state";
import type { Overlay, Place } from "../viewer/types";
import type { Given } from "./answers";

const [MINE, TRUTH] = OVERLAY_COLOURS;
const WITHIN = 0.015; // both lines are to be seen where the choice is right

const around = (within: number): readonly Place[] => [
  [within, within],
  [1 - within, within],
  [1 - within, 1 - within],
  [within, 1 - within],
];

export function overlaysOf({ chosen, places }: Given, generated: readonly boolean[], changed: readonly (readonly Place[])[] = []): Overlay[] {
  return [
    ...(changed.length === 0 ? [] : [{ key: "changed", label: t("debrief.changed"), colour: TRUTH, slot: 0, outlines: changed }]),
    ...generated.flatMap((is, slot) => (is && generated.length > 1 ? [{ key: `generated ${slot}`, label: t("trial.generated"), colour: TRUTH, slot, outlines: [around(WITHIN)] }] : [])),
    ...(chosen === undefined ? [] : [{ key: "chosen", label: t("trial.yours"), colour: MINE, slot: chosen, outlines: [around(0)], chosen: true }]),
    ...(places.length === 0 ? [] : [{ key: "places", label: t("trial.marked"), colour: MINE, slot: 0, marks: places.map((at) => ({ kind: "point" as const, at })) }]),
  ];
}
