// Marks of cases as the viewer draws them, and back.

import { create } from "@bufbuild/protobuf";

import { EllipseSchema, MarkSchema, type Finding, type Mark } from "../protos/mammoganesis/v1/cases_pb";
import { PointSchema, PolygonSchema, type Point } from "../protos/mammoganesis/v1/style_transfer_pb";
import { t } from "../texts/texts";
import type { Mark as Drawn, Overlay, Place } from "../viewer/types";

const CORNERS = 48; // of a turned ellipse as a polygon
const MAX_CORNERS = 1000; // of a polygon that the services take

const share = (value: number) => Math.min(1, Math.max(0, value));
export const pointOf = ([x, y]: Place): Point => create(PointSchema, { x: share(x), y: share(y) });
export const placeOf = (point: Point | undefined): Place => [point?.x ?? 0, point?.y ?? 0];

// What the viewer draws of a mark; null where it has no shape.
export function drawnMark({ shape }: Mark): Drawn | null {
  switch (shape.case) {
    case "point":
      return { kind: "point", at: placeOf(shape.value) };
    case "ellipse": {
      const { centre, radiusX, radiusY, degrees } = shape.value;
      if (degrees === 0) return { kind: "ellipse", centre: placeOf(centre), radii: [radiusX, radiusY] };
      return { kind: "freehand", corners: turnedEllipse(placeOf(centre), [radiusX, radiusY], degrees) };
    }
    case "polygon":
      return { kind: "freehand", corners: shape.value.points.map(placeOf) };
    default:
      return null;
  }
}

// Clockwise on the screen, as y goes down.
function turnedEllipse([x, y]: Place, [across, down]: Place, degrees: number): Place[] {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return Array.from({ length: CORNERS }, (_, corner) => {
    const angle = (2 * Math.PI * corner) / CORNERS;
    const [u, v] = [across * Math.cos(angle), down * Math.sin(angle)];
    return [x + u * cos - v * sin, y + u * sin + v * cos];
  });
}

export function markOf(imageId: string, drawn: Drawn): Mark {
  switch (drawn.kind) {
    case "point":
      return create(MarkSchema, { imageId, shape: { case: "point", value: pointOf(drawn.at) } });
    case "ellipse": {
      const ellipse = create(EllipseSchema, { centre: pointOf(drawn.centre), radiusX: drawn.radii[0], radiusY: drawn.radii[1] });
      return create(MarkSchema, { imageId, shape: { case: "ellipse", value: ellipse } });
    }
    case "freehand": {
      const step = Math.ceil(drawn.corners.length / MAX_CORNERS);
      const polygon = create(PolygonSchema, { points: drawn.corners.filter((_, corner) => corner % step === 0).map(pointOf) });
      return create(MarkSchema, { imageId, shape: { case: "polygon", value: polygon } });
    }
  }
}

interface Look {
  colour: string;
  chosen?: boolean;
}

// Findings over the pictures they are in, each with a line in the legend; takers are not told a name while it is asked for. `images`: image_id by slot.
export function findingOverlays(findings: Finding[], images: string[], look: (finding: Finding, place: number) => Look): Overlay[] {
  return findings.flatMap((finding, place) =>
    images.flatMap((imageId, slot) => {
      const marks = finding.marks.flatMap((mark) => (mark.imageId === imageId ? (drawnMark(mark) ?? []) : []));
      return marks.length === 0 ? [] : [{ key: `${finding.findingId} ${imageId}`, label: finding.name || t("case.finding", { number: place + 1 }), slot, marks, ...look(finding, place) }];
    }),
  );
}

// Places that somebody marked, as points over the pictures. `images`: picture_id by slot.
export function placeOverlays(key: string, label: string, places: { pictureId: string; point?: Point | undefined }[], images: string[], look: Look): Overlay[] {
  return images.flatMap((pictureId, slot) => {
    const marks = places.filter((place) => place.pictureId === pictureId).map(({ point }) => ({ kind: "point" as const, at: placeOf(point) }));
    return marks.length === 0 ? [] : [{ key: `${key} ${pictureId}`, label, slot, marks, ...look }];
  });
}
