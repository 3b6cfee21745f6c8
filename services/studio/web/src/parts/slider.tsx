// A slider: its value written beside it, a tick at its resting place, a part of its range marked as useful, a reset.

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

import { t } from "../texts/texts";

export interface Range {
  from: number;
  to: number;
}

interface SliderProps {
  label: string;
  value: number;
  range: Range;
  step: number;
  rest: number; // where reset goes: 0 of a displacement, the default of anything else
  text: string; // the value as a person writes it
  useful?: Range | undefined; // the part of the range that can be used; all of it when left out
  onMove: (value: number) => void; // while it moves
  onSettle: (value: number) => void; // when it is let go, or moved by a key
  help?: ComponentChildren;
  children?: ComponentChildren; // under it
}

const share = (value: number, { from, to }: Range) => Math.min(1, Math.max(0, (value - from) / (to - from)));

export function Slider(props: SliderProps) {
  const { label, value, range, rest, useful } = props;
  const id = useId();
  const outside = useful !== undefined && (value < useful.from - 1e-9 || value > useful.to + 1e-9);
  const marks = {
    "--rest": share(rest, range),
    "--useful-from": useful ? share(useful.from, range) : 0,
    "--useful-to": useful ? share(useful.to, range) : 1,
  } as Record<string, number>;
  return (
    <div class={`field slider ${outside ? "outside" : ""}`}>
      <span class="label">
        <label for={id}>{label}</label>
        {props.help}
        <output for={id}>{props.text}</output>
        <button
          type="button"
          class="reset"
          aria-label={t("action.resetOne", { name: label })}
          title={t("action.reset")}
          disabled={value === rest}
          onClick={() => props.onSettle(rest)}
        >
          {"\u21ba"}
        </button>
      </span>
      <span class="track" style={marks}>
        <i class="useful" aria-hidden="true" />
        <i class="rest" aria-hidden="true" />
        <input
          id={id}
          type="range"
          min={range.from}
          max={range.to}
          step={props.step}
          value={value}
          aria-valuetext={props.text}
          onInput={(event) => props.onMove(Number(event.currentTarget.value))}
          onChange={(event) => props.onSettle(Number(event.currentTarget.value))}
          onDblClick={() => props.onSettle(rest)}
        />
      </span>
      {props.children}
    </div>
  );
}
