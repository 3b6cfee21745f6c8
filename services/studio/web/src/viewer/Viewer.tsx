// Images to be read: one component for every page. What is on show is the page's to keep; see types.ts.

import "./viewer.css";

import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";

import { Button } from "../parts/buttons";
import { pointed } from "../parts/pointer";
import { number, percent, t } from "../texts/texts";
import { COMMANDS, type Scene, toolsOf, withinRules } from "./commands";
import { differenceOf } from "./difference";
import { columnsOf, hung } from "./hanging";
import { pressedArrow, type Step } from "./keys";
import { Keys } from "./keyslist";
import { Legend, DifferenceScale } from "./Legend";
import { lengthText } from "./OverlayLayer";
import { Pane } from "./Pane";
import type { Library } from "./PictureLayer";
import { useStrokes } from "./strokes";
import { PaintTools, settingsText, Toolbar } from "./Toolbar";
import { asShown } from "./picture";
import { PAINT, type Drawing, type Overlay, type Picture, type Rules, type Size, type Slot, type ViewerImage, type ViewerProps, type ViewState } from "./types";
import { presetsOf } from "./windows";

const NONE: readonly Overlay[] = [];
const LOOKING_ONLY: Drawing = {};

export function Viewer({ name, slots, state, onState: onAnyState, overlays = NONE, drawing = LOOKING_ONLY, rules, onDrawn }: ViewerProps) {
  const onState = (after: ViewState) => onAnyState(rules ? withinRules(state, after, rules) : after);
  const { library, failed } = useLibrary();
  const [keysOpen, setKeysOpen] = useState(false);
  const pane = useRef<Size>({ width: 1, height: 1 });
  const strokes = useStrokes({ slots, state, onState, drawing });
  const hint = useId();
  const images = slots.map(imageOf);
  const places = hung(state.layout, images.map((image) => image ?? {}), state.shown);
  const comparable = state.layout === "single" && images[0] != null && images[1] != null;
  const compare = comparable ? state.compare : "none";
  const difference = useDifference(compare === "difference" ? images : []);
  const first = images[places[0]?.slot ?? 0] ?? images.find((image) => image !== null) ?? null;
  const scene = useScene(slots.length, first, drawing, { overlays, rules });

  const step: Step = { state, onState, pane: () => pane.current, slots: places.flatMap(({ slot }) => slot ?? []), images, strokes, rules };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    const after = COMMANDS.find(({ key }) => key === (event.key === "=" ? "+" : event.key))?.act(state, scene);
    if (after) onState(after);
    if (event.key === "?") setKeysOpen(true);
    if (after || event.key === "?" || pressedArrow(event, step)) event.preventDefault();
  };

  return (
    <section class="viewer" aria-label={name}>
      <Toolbar name={name} state={state} onState={onState} scene={scene} onKeys={() => setKeysOpen(true)} />
      <div
        class={`viewer-stage ${state.layout}`}
        dir="ltr"
        role="application"
        tabIndex={0}
        aria-label={name}
        aria-describedby={hint}
        data-tool={scene.tools.includes(state.tool) ? state.tool : undefined}
        style={state.layout === "grid" ? ({ "--columns": columnsOf(slots.length) } as Record<string, number>) : {}}
        onKeyDown={onKeyDown}
      >
        {places.map((place, index) => {
          const slot = compare !== "none" ? 0 : place.slot;
          return (
            <Pane
              key={index}
              library={library}
              hung={{ hanging: { ...place.hanging, width: rules?.width }, slot }}
              slot={failed && slot !== null ? { state: "failed", title: name, reason: t("viewer.noLibrary") } : slot === null ? null : (slots[slot] ?? null)}
              other={compare !== "none" ? (images[1] ?? null) : null}
              compare={compare}
              difference={difference}
              state={state}
              onState={onState}
              overlays={overlays.filter((overlay) => !state.hidden.includes(overlay.key) && (overlay.slot === undefined || overlay.slot === slot))}
              paint={slot === 0 && !state.hidden.includes(PAINT) ? (drawing.painted ?? null) : null}
              strokes={strokes}
              onSize={(size) => (pane.current = size)}
              onDrawn={onDrawn}
              titled={state.layout !== "single" || (rules !== undefined && slots.length > 1)}
              titleOnly={rules !== undefined}
            />
          );
        })}
        {compare === "swipe" ? <span class="divider-line" style={{ left: `${100 * state.divider}%` }} /> : null}
      </div>
      <PaintTools state={state} onState={onState} drawing={drawing} />
      {compare === "swipe" ? <Divider value={state.divider} onChange={(divider) => onState({ ...state, divider })} /> : null}
      {state.layout === "single" && compare === "none" && slots.length > 1 ? <Turns images={images} shown={places[0]?.slot ?? 0} onTurn={(shown) => onState({ ...state, shown })} /> : null}
      {difference && images[0] && images[1] ? <DifferenceScale difference={difference} first={images[0].title} second={images[1].title} /> : null}
      <Legend overlays={overlays} state={state} onState={onState} />
      <p class="viewer-settings" id={hint}>
        {settingsText(state)}
        <span class="spoken">{`. ${pointed("viewer.hint")}`}</span>
      </p>
      <p class="spoken" role="status">
        {statusText({ images, state, strokes })}
      </p>
      <Keys open={keysOpen} onClose={() => setKeysOpen(false)} scene={scene} />
    </section>
  );
}

export const imageOf = (slot: Slot | undefined): ViewerImage | null => (slot?.state === "there" || slot?.state === "previous" ? slot.image : null);

interface Around {
  overlays: readonly Overlay[];
  rules: Rules | undefined;
}

function useScene(images: number, first: Picture & { key?: string } | null, drawing: Drawing, { overlays, rules }: Around): Scene {
  const presets = useMemo(() => presetsOf(first ?? { pixels: new Uint8Array(), width: 0, height: 0, bits: 8 }), [first?.key]);
  return { images, tools: toolsOf(drawing, rules), presets, overlays: overlays.map(({ key }) => key), rules };
}

function useDifference([first, second]: readonly (ViewerImage | null)[]) {
  return useMemo(() => (first && second ? differenceOf(asShown(first, false), asShown(second, false)) : null), [first?.key, second?.key]);
}

// What draws pictures, fetched when the first viewer opens.
function useLibrary(): { library: Library | null; failed: boolean } {
  const [library, setLibrary] = useState<Library | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let here = true;
    import("./surface").then(
      (found) => here && setLibrary(found),
      () => here && setFailed(true),
    );
    return () => {
      here = false;
    };
  }, []);
  return { library, failed };
}

function statusText({ images, state, strokes }: { images: readonly (ViewerImage | null)[]; state: ViewerProps["state"]; strokes: ReturnType<typeof useStrokes> }): string {
  const cursor = strokes.cursor?.byKeys ? strokes.cursor : null;
  const measured = state.ruler && images[state.ruler.slot];
  return [
    cursor ? t("viewer.cursor", { x: percent(cursor.place[0]), y: percent(cursor.place[1]) }) : "",
    cursor && strokes.stroke ? t("viewer.penDown") : "",
    state.tool === "ruler" && state.ruler && measured ? lengthText(state.ruler.from, state.ruler.to, measured) : "",
  ]
    .filter(Boolean)
    .join(". ");
}

function Divider({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  return (
    <input
      class="divider"
      type="range"
      min="0"
      max="1"
      step="0.01"
      value={value}
      aria-label={t("viewer.divider")}
      onInput={(event) => onChange(Number(event.currentTarget.value))}
    />
  );
}

// From one image to the next by a press; swiping is what the tool in the hand does.
function Turns({ images, shown, onTurn }: { images: readonly (ViewerImage | null)[]; shown: number; onTurn: (shown: number) => void }) {
  const count = images.length;
  return (
    <div class="viewer-turns">
      <Button onClick={() => onTurn((shown + count - 1) % count)} label={t("viewer.former")}>
        ‹
      </Button>
      <span role="status">{t("viewer.turned", { title: images[shown]?.title ?? "", number: number(shown + 1), count: number(count) })}</span>
      <Button onClick={() => onTurn((shown + 1) % count)} label={t("viewer.next")}>
        ›
      </Button>
    </div>
  );
}
