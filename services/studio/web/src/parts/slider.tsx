// A slider: its value written beside it, a tick at its resting place, a part of its range marked as useful, a reset.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

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
  useful?: Range | undefined; // the part of the range that can be used; not marked when left out
  onMove: (value: number) => void; // while it moves
  onSettle: (value: number) => void; // when it is let go, or the keys that move it rest
  help?: ComponentChildren;
  children?: ComponentChildren; // under it
}

const KEYS_REST = 600; // milliseconds after the last key that moves it: presses that belong together are one step

// Settles at once for a pointer, and for keys when they rest or the slider is left.
function useSettling(value: number, onSettle: (value: number) => void) {
  const now = useRef({ onSettle, keyed: false, pending: null as number | null });
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  now.current.onSettle = onSettle;
  const flush = () => {
    clearTimeout(timer.current);
    const { pending } = now.current;
    now.current.pending = null;
    if (pending !== null) now.current.onSettle(pending);
  };
  useLayoutEffect(() => {
    if (now.current.pending !== value) now.current.pending = null; // moved by something else, such as undo
  }, [value]);
  useLayoutEffect(() => flush, []);
  return {
    onKeyDown: () => (now.current.keyed = true),
    onPointerDown: () => (now.current.keyed = false),
    onBlur: flush,
    onChange: (next: number) => {
      now.current.pending = next;
      clearTimeout(timer.current);
      if (now.current.keyed) timer.current = setTimeout(flush, KEYS_REST);
      else flush();
    },
  };
}

const share = (value: number, { from, to }: Range) => Math.min(1, Math.max(0, (value - from) / (to - from)));

export function Slider(props: SliderProps) {
  const { label, value, range, rest, useful } = props;
  const id = useId();
  const settling = useSettling(value, props.onSettle);
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
        {useful ? <i class="useful" aria-hidden="true" /> : null}
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
          onKeyDown={settling.onKeyDown}
          onPointerDown={settling.onPointerDown}
          onBlur={settling.onBlur}
          onChange={(event) => settling.onChange(Number(event.currentTarget.value))}
          onDblClick={() => props.onSettle(rest)}
        />
      </span>
      {props.children}
    </div>
  );
}
