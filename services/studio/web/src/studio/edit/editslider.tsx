// The slider of one edit: how far the image is moved along its axis, by itself and by directions that share it.

import type { ComponentChildren } from "preact";

import { Slider, type Range } from "../../parts/slider";
import { EditMode } from "../../protos/mammoganesis/v1/latents_pb";
import { rowMoved, rowSettled, type Row } from "../../state/rows";
import { served } from "../../state/served";
import { move, recipe, settle } from "../../state/store";
import { signed, t } from "../../texts/texts";
import { unlikeText } from "./effects";
import { isBeyond, NOWHERE } from "./reach";

export const STEP = 0.1;

interface EditSliderProps {
  row: Row;
  label: string;
  range: Range; // of the whole displacement
  useful?: Range | undefined; // likewise
  by?: number; // what directions move already, in the axis's own standard deviations
  text?: (total: string) => string;
  help?: ComponentChildren;
  children?: ComponentChildren;
}

const rounded = (value: number) => Math.round(value * 1e6) / 1e6;

export function EditSlider({ row, label, range, useful, by = 0, text = (total) => total, help, children }: EditSliderProps) {
  const own = row.edit?.sigmas ?? 0;
  const total = rounded(own + by);
  const absolute = row.edit?.mode === EditMode.ABSOLUTE;
  const inSight = { from: Math.min(range.from, total), to: Math.max(range.to, total) }; // a file may say more
  const beyond = own !== 0 && isBeyond(total, useful);
  return (
    <Slider
      label={label}
      value={total}
      range={inSight}
      step={STEP}
      rest={rounded(by)}
      text={text(t(absolute ? "edit.sd.absolute" : "edit.sd", { sigmas: signed(total) }))}
      useful={useful}
      onMove={(value) => move(rowMoved(recipe.value, row, { sigmas: rounded(value - by) }))}
      onSettle={(value) => settle(rowSettled(recipe.value, row, { sigmas: rounded(value - by) }))}
      help={help}
    >
      <p class="note beyond" role="status" hidden={!beyond}>
        {beyond ? (useful === NOWHERE ? t("edit.beyond.none") : `${t("edit.beyond")} ${unlikeText(served.value?.model.reachEvidence)}`) : ""}
      </p>
      {children}
    </Slider>
  );
}
