// What a person may do on the picture while a region is edited: pick regions, paint an area; and the outlines that show them.

import { useMemo } from "preact/hooks";

import { Locality } from "../../protos/mammoganesis/v1/latents_pb";
import { regions } from "../../state/served";
import { recipe, state } from "../../state/store";
import { sampleOf } from "../../state/recipe";
import { regionName } from "../../state/words";
import { outlinesOfMask } from "../../viewer/outlines";
import { OVERLAY_COLOURS, PAINT_COLOUR } from "../../viewer/state";
import { PAINT, type Drawing, type Overlay } from "../../viewer/types";
import { t } from "../../texts/texts";
import { area } from "./area";
import { areOthers, colours, regionAt, segments } from "./segments";
import { locality, sets, transfer } from "./transfer";
import { paint, picked, strokes, toggle } from "./transferring";

export function useRegionDrawing(): { drawing: Drawing | undefined; overlays: Overlay[] } {
  const editing = state.value.screen === "edit" && state.value.tab === "region" && regions.value.length > 0;
  const mask = area.value;
  const map = segments.answer.value?.is;
  const awaited = areOthers();
  const labels = sampleOf(recipe.value)?.labels ?? {};
  const masked = locality.value === Locality.MASKED && sets.value > 1;
  const painted = strokes.value ?? (transfer.value?.regions.length === 0 ? mask : null);
  const outlines = useMemo(() => (painted || !mask ? [] : outlinesOfMask(mask)), [mask, painted]);
  if (!editing && !state.value.overlay) return { drawing: undefined, overlays: [] };
  const overlays: Overlay[] = map
    ? [...map.outlines].map(([index, lines]) => {
        const region = regions.value.find((one) => one.index === index);
        const colour = colours.value.get(index) ?? OVERLAY_COLOURS[0];
        return { key: `region-${index}`, label: regionName(region, index, labels), colour, outlines: awaited ? [] : lines, chosen: editing && picked.value.includes(index), awaited };
      })
    : [];
  if (!editing) return { drawing: undefined, overlays };
  if (outlines.length > 0) overlays.push({ key: "area", label: t("edit.transfer.area"), colour: "#ffffff", outlines, slot: 0, dashed: true });
  if (painted) overlays.push({ key: PAINT, label: t("edit.transfer.paint"), colour: PAINT_COLOUR, slot: 0 });
  const drawing: Drawing = {
    onPick: (_, place) => map && !awaited && toggle(regionAt(map, place)),
    ...(masked ? { painted, onPaint: paint } : {}),
  };
  return { drawing, overlays };
}
