// A place of the viewer: an image, or two that are compared, with what lies over it and how it answers to pointers.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { Message } from "../parts/messages";
import { t } from "../texts/texts";
import { coloured, type Difference } from "./difference";
import { type Hanging, placed } from "./geometry";
import { type Field, Gestures } from "./gestures";
import { lettersOf, type Hung, mirrored as isMirrored, wallOf } from "./hanging";
import { Lens } from "./Lens";
import { OverlayLayer } from "./OverlayLayer";
import { type Library, PictureLayer } from "./PictureLayer";
import { RasterLayer } from "./RasterLayer";
import { PAINT_COLOUR } from "./state";
import { draftOf, type Strokes } from "./strokes";
import type { Compare, Mask, Overlay, Size, Slot, ViewerImage, ViewState } from "./types";

export interface PaneProps {
  library: Library | null;
  hung: Hung;
  slot: Slot | null;
  // The image that it is compared with, and how; the other is cut away up to `divider`.
  other: ViewerImage | null;
  compare: Compare;
  difference: Difference | null;
  state: ViewState;
  onState: (state: ViewState) => void;
  overlays: readonly Overlay[];
  paint: Mask | null;
  strokes: Strokes;
  onSize: (size: Size) => void;
  onDrawn: ((slot: number, key: string) => void) | undefined;
  titled: boolean; // its title is to be seen
  titleOnly: boolean; // nothing is said of the image but its title
}

const BLINK = 700; // ms: less than twice a second, which harms nobody

export function Pane(props: PaneProps) {
  const { library, hung, slot, other, compare, difference, state, overlays, paint, strokes } = props;
  const element = useRef<HTMLDivElement>(null);
  const pane = usePaneSize(element, props.onSize);
  const image = slot && (slot.state === "there" || slot.state === "previous") ? slot.image : null;
  const mirrored = useMemo(() => image !== null && isMirrored(image, hung.hanging), [image?.key, hung.hanging.anchor]);
  const hanging: Hanging = { ...hung.hanging, mirrored };
  const [drawn, setDrawn] = useState<string | null>(null);
  const onDrawnHere = (key: string) => {
    setDrawn(key);
    props.onDrawn?.(hung.slot ?? 0, key);
  };
  const blinked = useBlink(compare === "blink" && other !== null);
  useGestures(element, pane && image ? { pane, image, hanging, state } : null, props, hung.slot ?? 0);
  const colours = useMemo(() => (difference ? { ...difference, colours: coloured(difference) } : null), [difference]);
  const paintColours = useMemo(() => (paint ? { ...paint, colours: paintOf(paint) } : null), [paint]);

  const ready = library !== null && image !== null && drawn !== null;
  const placement = pane && image ? placed(pane, image, state, hanging) : null;
  const look = placement ? { placement, window: state.window, inverted: state.inverted } : null;
  const { mark, ruler } = draftOf(state, strokes.stroke, hung.slot ?? 0);
  const cursor = strokes.cursor?.slot === (hung.slot ?? 0) ? strokes.cursor : null;
  const cut = compare === "swipe" ? state.divider : blinked ? 0 : 1;
  return (
    <div class="pane" ref={element} data-slot={hung.slot} data-ready={ready} data-hung={hung.hanging.anchor} aria-busy={slot?.state === "loading"}>
      {library && image && pane && look ? (
        <>
          <PictureLayer library={library} image={image} mirrored={mirrored} pane={pane} look={look} onDrawn={onDrawnHere} />
          {other && compare !== "difference" ? (
            <PictureLayer library={library} image={other} mirrored={mirrored} pane={pane} look={look} cut={cut} />
          ) : null}
          {colours ? <RasterLayer raster={colours} pane={pane} placement={look.placement} name="difference" /> : null}
          {paintColours ? <RasterLayer raster={paintColours} pane={pane} placement={look.placement} name="paint" /> : null}
          <OverlayLayer
            pane={pane}
            placement={look.placement}
            overlays={overlays}
            draft={mark}
            ruler={ruler}
            cross={cursor?.byKeys ? cursor.place : null}
            image={image}
          />
          {state.tool === "magnify" && cursor ? (
            <Lens library={library} image={image} mirrored={mirrored} look={look} at={cursor.place} pane={pane} />
          ) : null}
          <Marks image={image} mirrored={mirrored} />
        </>
      ) : null}
      <PaneWords slot={slot} ready={ready} shown={blinked && other ? other : image} right={compare === "swipe" ? other : null} several={other !== null || props.titled} titleOnly={props.titleOnly} />
    </div>
  );
}

const markerOf = ({ side, view }: ViewerImage) => `${side ?? ""} ${view ?? ""}`.trim();

// Side and view, and what lies towards each edge.
function Marks({ image, mirrored }: { image: ViewerImage; mirrored: boolean }) {
  const wall = useMemo(() => wallOf(image), [image.key]);
  const drawnWall = (wall === "left") !== mirrored ? "left" : "right";
  const letters = lettersOf(image, drawnWall);
  return (
    <div class={`marks wall-${drawnWall}`} aria-hidden="true">
      {markerOf(image) ? <span class={`marker at-${drawnWall === "left" ? "right" : "left"}`}>{markerOf(image)}</span> : null}
      {letters ? (["left", "right", "top", "bottom"] as const).map((edge) => <span key={edge} class={`letter ${edge}`}>{letters[edge]}</span>) : null}
    </div>
  );
}

// What is there to be read: which image this is, or why there is none.
interface PaneWordsProps {
  slot: Slot | null;
  ready: boolean;
  shown: ViewerImage | null;
  right: ViewerImage | null; // beside it, beyond the divider
  several: boolean;
  titleOnly: boolean;
}

function PaneWords({ slot, ready, shown, right, several, titleOnly }: PaneWordsProps) {
  if (slot === null) return <p class="pane-words">{t("viewer.empty")}</p>;
  if (slot.state === "failed") return <p class="pane-words failed" role="alert"><Message text={t("viewer.failed", slot)} /></p>;
  if (slot.state === "loading") return <p class="pane-words skeleton">{t("viewer.loading", slot)}</p>;
  if (!ready) return <p class="pane-words skeleton">{t("viewer.preparing")}</p>;
  return (
    <>
      <p class="spoken">{titleOnly ? shown?.title : t("viewer.image", { title: shown?.title ?? "" })}</p>
      <p class="chips-over" aria-hidden="true">
        {slot.state === "previous" ? <span class="chip-over late">{t("viewer.previous")}</span> : null}
        {slot.state === "there" && slot.image.quality === "preview" ? <span class="chip-over late">{t("viewer.preview")}</span> : null}
        {several && shown && (right || shown.title !== markerOf(shown)) ? <span class="chip-over">{shown.title}</span> : null}
      </p>
      {right ? (
        <p class="chips-over at-right" aria-hidden="true">
          <span class="chip-over">{right.title}</span>
        </p>
      ) : null}
    </>
  );
}

function usePaneSize(element: { current: HTMLDivElement | null }, onSize: (size: Size) => void): Size | null {
  const [size, setSize] = useState<Size | null>(null);
  useLayoutEffect(() => {
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element.current!;
      if (width === 0 || height === 0) return;
      setSize((former) => (former?.width === width && former.height === height ? former : { width, height }));
      onSize({ width, height });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return size;
}

function useBlink(on: boolean): boolean {
  const [second, setSecond] = useState(false);
  useEffect(() => {
    setSecond(false);
    if (!on) return;
    const timer = setInterval(() => setSecond((now) => !now), BLINK);
    return () => clearInterval(timer);
  }, [on]);
  return second;
}

function useGestures(element: { current: HTMLDivElement | null }, field: Field | null, { onState, strokes }: PaneProps, slot: number): void {
  const latest = useRef({ field, onState, strokes, slot });
  latest.current = { field, onState, strokes, slot };
  useEffect(() => {
    const target = element.current!;
    const doings = () => {
      const { onState, strokes, slot } = latest.current;
      return {
        onState,
        onStroke: (phase: Parameters<Strokes["onStroke"]>[1], place: Parameters<Strokes["onStroke"]>[2]) => strokes.onStroke(slot, phase, place),
        onHover: (place: Parameters<Strokes["onStroke"]>[2] | null) => {
          if (latest.current.field?.state.tool === "magnify") strokes.onCursor(place ? { slot, place, byKeys: false } : null);
        },
      };
    };
    const gestures = new Gestures(target, () => latest.current.field, doings);
    const listeners: [string, (event: never) => void][] = [
      ["pointerdown", (event: PointerEvent) => gestures.down(event)],
      ["pointermove", (event: PointerEvent) => gestures.move(event)],
      ["pointerup", (event: PointerEvent) => gestures.up(event)],
      ["pointercancel", (event: PointerEvent) => gestures.up(event)],
      ["pointerleave", () => doings().onHover(null)],
      ["wheel", (event: WheelEvent) => gestures.wheel(event)],
      ["contextmenu", (event: Event) => event.preventDefault()],
    ];
    for (const [name, listener] of listeners) target.addEventListener(name, listener as EventListener, { passive: false });
    return () => {
      for (const [name, listener] of listeners) target.removeEventListener(name, listener as EventListener);
    };
  }, []);
}

const PAINT_OPACITY = 110; // of 255
const PAINT = [...[1, 3, 5].map((at) => Number.parseInt(PAINT_COLOUR.slice(at, at + 2), 16)), PAINT_OPACITY]; // red, green, blue, opacity

function paintOf({ values }: Mask): Uint8ClampedArray<ArrayBuffer> {
  const colours = new Uint8ClampedArray(4 * values.length);
  values.forEach((value, pixel) => {
    if (value >= 128) colours.set(PAINT, 4 * pixel);
  });
  return colours;
}
