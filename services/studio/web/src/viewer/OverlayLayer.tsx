// Outlines, masks, marks, the ruler and the cross over an image, in lines of one width whatever the zoom.

import { t, number } from "../texts/texts";
import { lengthOf, type Placement, toPoint } from "./geometry";
import { outlinesOfMask } from "./outlines";
import type { Mark, Mask, Overlay, Place, Size, ViewerImage } from "./types";

interface OverlayLayerProps {
  pane: Size;
  placement: Placement;
  overlays: readonly Overlay[];
  // What is being drawn just now.
  draft: Mark | null;
  ruler: { from: Place; to: Place } | null;
  cross: Place | null;
  image: ViewerImage;
}

const outlined = new WeakMap<Mask, readonly (readonly Place[])[]>(); // a mask is never changed in place

export function OverlayLayer({ pane, placement, overlays, draft, ruler, cross, image }: OverlayLayerProps) {
  const at = (place: Place) => toPoint(placement, place).map((value) => value.toFixed(2));
  const closed = (corners: readonly Place[]) => `M${corners.map((corner) => at(corner).join(" ")).join("L")}Z`;
  return (
    <svg class="overlay-layer" viewBox={`0 0 ${pane.width} ${pane.height}`} aria-hidden="true">
      {overlays.map((overlay) => (
        <g key={overlay.key} class={`overlay${overlay.chosen ? " chosen" : ""}${overlay.dashed ? " dashed" : ""}`} data-key={overlay.key} stroke={overlay.colour} fill={overlay.colour}>
          <path class="under" d={linesOf(overlay).map(closed).join("")} fill-rule="evenodd" />
          <path d={linesOf(overlay).map(closed).join("")} fill-rule="evenodd" />
          {overlay.marks?.map((mark) => <MarkShape key={JSON.stringify(mark)} mark={mark} placement={placement} />)}
        </g>
      ))}
      {draft ? (
        <g class="overlay draft">
          <MarkShape mark={draft} placement={placement} />
        </g>
      ) : null}
      {ruler ? <RulerShape {...ruler} image={image} placement={placement} /> : null}
      {cross ? (
        <g class="cross">
          <path class="under" d={crossAt(at(cross))} />
          <path d={crossAt(at(cross))} />
        </g>
      ) : null}
    </svg>
  );
}

function linesOf({ outlines = [], mask }: Overlay): readonly (readonly Place[])[] {
  if (!mask) return outlines;
  const found = outlined.get(mask) ?? outlinesOfMask(mask);
  outlined.set(mask, found);
  return [...outlines, ...found];
}

const crossAt = (at: readonly string[]) => `M${at.join(" ")}m-14 0h10m8 0h10m-14 -14v10m0 8v10`;

interface MarkShapeProps {
  mark: Mark;
  placement: Placement;
}

function MarkShape({ mark, placement }: MarkShapeProps) {
  return (
    <>
      <g class="under">
        <MarkLine mark={mark} placement={placement} />
      </g>
      <MarkLine mark={mark} placement={placement} />
    </>
  );
}

function MarkLine({ mark, placement }: MarkShapeProps) {
  if (mark.kind === "freehand") {
    return <path d={`M${mark.corners.map((corner) => toPoint(placement, corner).map((value) => value.toFixed(2)).join(" ")).join("L")}Z`} />;
  }
  const [x, y] = toPoint(placement, mark.kind === "point" ? mark.at : mark.centre);
  if (mark.kind === "point") return <path class="point" d={`M${x} ${y}m-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0M${x} ${y}m-2 0h4m-2 -2v4`} />;
  const turned = (placement.mirrored ? -1 : 1) * (mark.degrees ?? 0);
  const radii = { rx: mark.radii[0] * placement.width, ry: mark.radii[1] * placement.height };
  return <ellipse cx={x} cy={y} {...radii} {...(turned ? { transform: `rotate(${turned} ${x} ${y})` } : {})} />;
}

function RulerShape({ from, to, image, placement }: { from: Place; to: Place; image: ViewerImage; placement: Placement }) {
  const [[x1, y1], [x2, y2]] = [toPoint(placement, from), toPoint(placement, to)];
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const ends = [[x1, y1], [x2, y2]].map(([endX, endY]) => `M${endX} ${endY}m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`).join("");
  return (
    <g class="ruler">
      <path class="under" d={`M${x1} ${y1}L${x2} ${y2}${ends}`} />
      <path d={`M${x1} ${y1}L${x2} ${y2}${ends}`} />
      <text x={x + 8} y={y - 8}>
        {lengthText(from, to, image)}
      </text>
    </g>
  );
}

export function lengthText(from: Place, to: Place, image: ViewerImage): string {
  const { pixels, millimetres } = lengthOf(from, to, image.full ?? image, image.pixelSpacing);
  if (millimetres === undefined) return t("viewer.length", { pixels: number(pixels, 1) });
  return t("viewer.lengthMillimetres", { millimetres: number(millimetres, 1), pixels: number(pixels, 1) });
}
