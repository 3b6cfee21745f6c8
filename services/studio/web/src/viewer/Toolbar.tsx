// The viewer's tools, and what a brush in the hand needs.

import { useId } from "preact/hooks";

import { Button } from "../parts/buttons";
import { pointed } from "../parts/pointer";
import { number, percent, t, type TextKey } from "../texts/texts";
import { compared, keyOf, laidOut, layoutsOf, reset, type Scene } from "./commands";
import type { Compare, Drawing, ViewState } from "./types";
import { PRESETS, type Preset } from "./windows";

interface ToolbarProps {
  name: string;
  state: ViewState;
  onState: (state: ViewState) => void;
  scene: Scene;
  onKeys: () => void;
}

const COMPARES: readonly Compare[] = ["none", "swipe", "blink", "difference"];

export function Toolbar({ name, state, onState, scene, onKeys }: ToolbarProps) {
  const preset = PRESETS.find((candidate) => same(scene.presets[candidate], state.window));
  const { rules } = scene;
  const layouts = layoutsOf(scene.images, rules);
  if (rules && !rules.window && !rules.zoom && scene.tools.length < 2) return null;
  return (
    <div class="viewer-bar" role="toolbar" aria-label={t("viewer.tools", { name })}>
      <div class="viewer-tools" role="group" aria-label={t("viewer.tool")}>
        {scene.tools.map((tool) => (
          <KeyButton key={tool} text={rules && tool === "pick" ? "viewer.pickImage" : `viewer.tool.${tool}`} keys={keyOf(`viewer.tool.${tool}`, scene)} pressed={state.tool === tool} onClick={() => onState({ ...state, tool })} />
        ))}
      </div>
      <div class="viewer-tools">
        {rules ? null : (
          <Choice
            label={t("viewer.preset")}
            value={preset ?? "own"}
            options={[...PRESETS.map((candidate): [string, string] => [candidate, t(`viewer.preset.${candidate}`)]), ...(preset ? [] : ([["own", t("viewer.preset.own")]] as [string, string][]))]}
            onChange={(chosen) => chosen !== "own" && onState({ ...state, window: scene.presets[chosen as Preset] })}
          />
        )}
        {layouts.length > 1 ? (
          <Choice
            label={t("viewer.layout")}
            value={state.layout}
            options={layouts.map((layout) => [layout, t(`viewer.layout.${layout}`)])}
            onChange={(layout) => onState(laidOut(state, layout as ViewState["layout"]))}
          />
        ) : null}
        {scene.images > 1 && !rules ? (
          <Choice
            label={t("viewer.compare")}
            value={state.compare}
            options={COMPARES.map((compare) => [compare, t(`viewer.compare.${compare}`)])}
            onChange={(compare) => onState(compared({ ...state, compare: "none" }, compare as Compare))}
          />
        ) : null}
        {rules?.window === false ? null : (
          <KeyButton text="viewer.invert" keys={keyOf("viewer.invert", scene)} pressed={state.inverted} onClick={() => onState({ ...state, inverted: !state.inverted })} />
        )}
        <KeyButton text="viewer.reset" keys={keyOf("viewer.reset", scene)} onClick={() => onState(reset(state))} />
        <Button onClick={onKeys} keys="?">
          {pointed("viewer.keys")}
        </Button>
      </div>
    </div>
  );
}

export function settingsText(state: ViewState): string {
  const { window, zoom } = state;
  return t("viewer.settings", { low: percent(window.low), high: percent(window.high), zoom: number(zoom, 2) });
}

const same = (one: ViewState["window"], other: ViewState["window"]) =>
  Math.abs(one.low - other.low) < 1e-4 && Math.abs(one.high - other.high) < 1e-4;

function KeyButton({ text, keys, pressed, onClick }: { text: TextKey; keys: string | undefined; pressed?: boolean; onClick: () => void }) {
  return (
    <Button onClick={onClick} {...(pressed === undefined ? {} : { pressed })} {...(keys ? { keys } : {})}>
      {t(text)}
    </Button>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <span class="viewer-choice">
      <label for={id}>{label}</label>
      <select id={id} value={value} title={label} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}

// Under the images: a brush that is taken up moves nothing above them.
export function PaintTools({ state, onState, drawing }: Pick<ToolbarProps, "state" | "onState"> & { drawing: Drawing }) {
  const { painted, onPaint } = drawing;
  if (!onPaint || (state.tool !== "brush" && state.tool !== "erase")) return null;
  return (
    <div class="viewer-paint">
      <Brush state={state} onState={onState} />
      <Button onClick={() => painted && onPaint({ ...painted, values: new Uint8Array(painted.values.length) })} disabled={!painted?.values.includes(255)}>
        {t("viewer.clearPaint")}
      </Button>
    </div>
  );
}

function Brush({ state, onState }: { state: ViewState; onState: (state: ViewState) => void }) {
  const id = useId();
  return (
    <span class="viewer-choice">
      <label for={id}>{t("viewer.brush")}</label>
      <input id={id} type="range" min="0.01" max="0.4" step="0.01" value={state.brush} onInput={(event) => onState({ ...state, brush: Number(event.currentTarget.value) })} />
      <output for={id}>{percent(state.brush)}</output>
    </span>
  );
}
