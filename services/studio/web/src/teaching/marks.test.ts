import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { FindingSchema, MarkSchema } from "../protos/mammoganesis/v1/cases_pb";
import { drawnMark, findingOverlays, markOf } from "./marks";

describe("marks", () => {
  it.each([
    { kind: "point", at: [0.25, 0.5] },
    { kind: "ellipse", centre: [0.5, 0.5], radii: [0.1, 0.2] },
    { kind: "freehand", corners: [[0, 0], [1, 0], [0.5, 1]] },
  ] as const)("are drawn again as they were drawn: %o", (drawn) => {
    expect(drawnMark(markOf("image-1", drawn))).toEqual(drawn);
  });

  it("stay within the picture, and within what the services take", () => {
    const corners = Array.from({ length: 2500 }, (_, at) => [at / 1000, -0.5] as const);
    const { shape } = markOf("image-1", { kind: "freehand", corners });
    if (shape.case !== "polygon") throw new Error("no polygon");
    expect(shape.value.points.length).toBeLessThanOrEqual(1000);
    expect(shape.value.points.every(({ x, y }) => x >= 0 && x <= 1 && y === 0)).toBe(true);
  });

  it("that are turned are turned clockwise", () => {
    const ellipse = { centre: { x: 0.5, y: 0.5 }, radiusX: 0.2, radiusY: 0.1, degrees: 90 };
    const drawn = drawnMark(create(MarkSchema, { shape: { case: "ellipse", value: ellipse } }));
    if (drawn?.kind !== "freehand") throw new Error("not turned");
    const across = drawn.corners.map(([x]) => x);
    const down = drawn.corners.map(([, y]) => y);
    expect(Math.max(...across) - Math.min(...across)).toBeCloseTo(0.2, 2);
    expect(Math.max(...down) - Math.min(...down)).toBeCloseTo(0.4, 2);
    const slanted = drawnMark(create(MarkSchema, { shape: { case: "ellipse", value: { ...ellipse, degrees: 30 } } }));
    expect(slanted?.kind === "freehand" && slanted.corners[0]?.[1]).toBeGreaterThan(0.5); // the end on the right goes down
  });

  it("lie over the picture that they name", () => {
    const findings = [create(FindingSchema, { findingId: "f", name: "Mass", marks: [markOf("b", { kind: "point", at: [0, 0] }), markOf("gone", { kind: "point", at: [0, 0] })] })];
    expect(findingOverlays(findings, ["a", "b"], () => ({ colour: "#fff" }))).toMatchObject([{ label: "Mass", slot: 1, colour: "#fff" }]);
  });
});
