// Under the images: what the lines over them are, and the scale of the difference map.

import { percent, t } from "../texts/texts";
import { colourOf, type Difference, shareOfChange } from "./difference";
import type { Overlay, ViewState } from "./types";

interface LegendProps {
  overlays: readonly Overlay[];
  state: ViewState;
  onState: (state: ViewState) => void;
}

export function Legend({ overlays, state, onState }: LegendProps) {
  if (overlays.length === 0) return null;
  const turn = (key: string) => {
    const hidden = state.hidden.includes(key) ? state.hidden.filter((other) => other !== key) : [...state.hidden, key];
    onState({ ...state, hidden });
  };
  return (
    <fieldset class="viewer-legend" aria-busy={overlays.some(({ awaited }) => awaited)}>
      <legend class="spoken">{t("viewer.overlays")}</legend>
      {overlays.map(({ key, label, colour, dashed, awaited }) => (
        <label key={key} class={awaited ? "check awaited" : "check"}>
          <input type="checkbox" checked={!state.hidden.includes(key)} onChange={() => turn(key)} />
          {dashed ? <i class="swatch dashed" style={{ "--colour": colour }} /> : <i class="swatch" style={{ background: colour }} />}
          {label}
        </label>
      ))}
    </fieldset>
  );
}

const STEPS = 41; // of the colour bar: uneven, so that zero is one of them

export function DifferenceScale({ difference, first, second }: { difference: Difference; first: string; second: string }) {
  const { scale } = difference;
  return (
    <figure class="difference-scale">
      <figcaption>{t("viewer.differenceOf", { first, second })}</figcaption>
      <div class="colour-bar" aria-hidden="true">
        {Array.from({ length: STEPS }, (_, step) => (
          <i key={step} style={{ background: `rgb(${colourOf((2 * step) / (STEPS - 1) - 1).join(" ")})` }} />
        ))}
      </div>
      <p class="ends">
        <span>{`\u2212${percent(scale)} ${t("viewer.darker")}`}</span>
        <span>0</span>
        <span>{`+${percent(scale)} ${t("viewer.brighter")}`}</span>
      </p>
      <p class="note">{t("viewer.changed", { share: percent(shareOfChange(difference)) })}</p>
    </figure>
  );
}
