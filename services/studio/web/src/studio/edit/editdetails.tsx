// What an edit says beside how far it goes, and the sliders of edits that stand beside an axis's first one.

import { Choice } from "../../parts/fields";
import { EditMode } from "../../protos/mammoganesis/v1/latents_pb";
import { rowSettled, type Row } from "../../state/rows";
import type { EditChange } from "../../state/recipe";
import { dimensions } from "../../state/served";
import { recipe, settle, state } from "../../state/store";
import { axisName, layersText } from "../../state/words";
import { t } from "../../texts/texts";
import { EditSlider } from "./editslider";
import { HelpOn } from "./helpon";

export const numWs = () => dimensions.value?.numWs ?? 1;

// One more edit along an axis that has a slider, or one whose axis has none.
export function FurtherEdit({ row }: { row: Row }) {
  if (!row.edit) return null;
  const name = axisName(row.edit);
  return (
    <EditSlider row={row} label={t("edit.furtherOne", { name, layers: layersText(row.edit, numWs()) })} range={{ from: -6, to: 6 }}>
      {state.value.expert ? <EditDetails row={row} name={name} /> : null}
    </EditSlider>
  );
}

// On which layers an edit acts, and what it counts from.
export function EditDetails({ row, name }: { row: Row; name: string }) {
  const { edit } = row;
  if (!edit) return null;
  const layers: [number, number] = [edit.layerStart ?? 0, edit.layerEnd ?? numWs()];
  const options = Array.from({ length: numWs() }, (_, layer) => ({ value: String(layer), text: String(layer) }));
  const own = { value: "", text: t("edit.layer.own") };
  const isOwn = edit.layerStart === undefined && edit.layerEnd === undefined;
  const change = (next: EditChange) => settle(rowSettled(recipe.value, row, next));
  const named = row.axis.case === "name" && isOwn ? [own] : [];
  return (
    <details>
      <summary aria-label={t("edit.details.of", { name })}>{t("edit.details")}</summary>
      <div class="details">
        <Choice
          label={t("edit.layer.from")}
          value={isOwn && named.length > 0 ? "" : String(layers[0])}
          options={[...named, ...options]}
          onChange={(value) => change({ layers: [Number(value), Math.max(layers[1], Number(value) + 1)] })}
          help={<HelpOn topic="layers" name={t("edit.layer.from")} />}
        />
        <Choice
          label={t("edit.layer.to")}
          value={isOwn && named.length > 0 ? "" : String(layers[1] - 1)}
          options={[...named, ...options]}
          onChange={(value) => change({ layers: [Math.min(layers[0], Number(value)), Number(value) + 1] })}
        />
        <Choice
          label={t("edit.counts")}
          value={edit.mode === EditMode.ABSOLUTE ? "absolute" : "relative"}
          options={[
            { value: "relative", text: t("edit.counts.relative") },
            { value: "absolute", text: t("edit.counts.absolute") },
          ]}
          onChange={(value) => change({ mode: value === "absolute" ? EditMode.ABSOLUTE : EditMode.RELATIVE })}
          help={<HelpOn topic="mode" name={t("edit.counts")} />}
        />
      </div>
    </details>
  );
}
