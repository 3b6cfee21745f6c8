import { expect, test } from "vitest";

import { toPlace, UPRIGHT } from "./geometry";
import { dragged, type Field, pinched, placementOf } from "./gestures";
import { FIRST_STATE } from "./state";

const FIELD: Field = { pane: { width: 400, height: 400 }, image: { width: 100, height: 100 }, hanging: UPRIGHT, state: FIRST_STATE };

test("a drag that comes back changes nothing", () => {
  for (const tool of ["window", "pan", "zoom"] as const) expect(dragged(tool, FIELD, [50, 60], [50, 60])).toEqual(FIRST_STATE);
});

test("a tool that draws moves nothing", () => {
  expect(dragged("ruler", FIELD, [50, 60], [90, 90])).toBeNull();
});

test("two fingers keep what lies under both of them", () => {
  const from = [[150, 200], [250, 200]] as const;
  const to = [[120, 240], [320, 240]] as const;
  const after = { ...FIELD, state: pinched(FIELD, from, to) };
  expect(after.state.zoom).toBeCloseTo(2);
  from.forEach((point, finger) => {
    const [before, now] = [toPlace(placementOf(FIELD), point), toPlace(placementOf(after), to[finger]!)];
    expect(now[0]).toBeCloseTo(before[0], 8);
    expect(now[1]).toBeCloseTo(before[1], 8);
  });
});
