import { describe, expect, it } from "vitest";

import { ReadingEventKind as Kind } from "../protos/mammoganesis/v1/studies_pb";
import { FIRST_STATE } from "../viewer/state";
import { NOTHING, answerOf } from "./answers";
import { begun, drawnId, given, happened, inSight, movesOf, outOfSight, requestOf, type Draft } from "./draft";

const START = 1_000_000;
const first = begun("1.1.1", "answer_0", START);
const kinds = ({ events }: Draft) => events.map(({ kind }) => kind);
const answer = answerOf({ case: "rating", value: { $typeName: "mammoganesis.v1.RatingTask", binaryAsked: false } }, { ...NOTHING, confidence: 4 })!;

describe("time", () => {
  it("is that in sight, from the pictures to the answer", () => {
    const left = outOfSight(first, START + 2000);
    const back = inSight(left, START + 60_000);
    const request = requestOf(back, answer, START + 61_500);
    expect(request.visibleMilliseconds).toBe(3500);
    expect(request.events.map(({ kind, milliseconds }) => [kind, milliseconds])).toEqual([[Kind.SHOWN, 0], [Kind.HIDDEN, 2000], [Kind.VISIBLE, 60_000]]);
  });
  it("of more than a day is a day", () => {
    const request = requestOf(inSight(outOfSight(first, START + 90_000_000), START + 200_000_000), answer, START + 200_000_001);
    expect([request.visibleMilliseconds, request.events.at(-1)?.milliseconds]).toEqual([86_400_000, 86_400_000]);
  });
  it("does not run twice, nor backwards", () => {
    const left = outOfSight(outOfSight(first, START + 100), START + 900);
    expect([left.seen, kinds(left)]).toEqual([100, [Kind.SHOWN, Kind.HIDDEN]]);
    expect(inSight(first, START + 5)).toBe(first);
    const set = happened(left, { kind: Kind.ANSWERED }, START - 5000); // somebody has set the clock
    expect(set.events.at(-1)?.milliseconds).toBe(100);
    expect(requestOf(first, answer, START - 5).visibleMilliseconds).toBe(0);
  });
});

describe("the log", () => {
  const moved = (count: number, every: number) =>
    Array.from({ length: count }).reduce<Draft>((now, _, at) => happened(now, { kind: at % 2 ? Kind.ZOOM : Kind.PAN, values: [at, 0] }, START + at * every), first);

  it("has ten moves of a kind a second, and the last of them", () => {
    const drag = moved(121, 16); // two seconds of a pinch
    const pans = drag.events.filter(({ kind }) => kind === Kind.PAN);
    expect(pans.length).toBeGreaterThan(10);
    expect(pans.length).toBeLessThan(25);
    expect(pans.at(-1)?.values).toEqual([120, 0]);
    const times = drag.events.map(({ milliseconds }) => milliseconds);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
  it("does not join what something else lies between", () => {
    const log = given(happened(first, { kind: Kind.WINDOW, values: [0.5, 1, 0] }, START + 10), { ...NOTHING, confidence: 1 }, START + 20);
    expect(kinds(happened(log, { kind: Kind.WINDOW, values: [0.4, 1, 0] }, START + 30))).toEqual([Kind.SHOWN, Kind.WINDOW, Kind.ANSWERED, Kind.WINDOW]);
  });
  it("tells pictures that are looked at by themselves apart", () => {
    const log = happened(happened(first, { kind: Kind.ZOOM, values: [2] }, START + 10), { kind: Kind.ZOOM, values: [2], picture: 3 }, START + 20);
    expect(log.events.map(({ picture }) => picture)).toEqual([undefined, undefined, 3]);
  });
  it("stays within what the services take, with its ends", () => {
    const long = outOfSight(moved(9000, 200), START + 1_800_000);
    expect(long.events.length).toBeLessThanOrEqual(2000);
    expect([kinds(long)[0], kinds(long).at(-1)]).toEqual([Kind.SHOWN, Kind.HIDDEN]);
    const blinking = Array.from({ length: 3000 }).reduce<Draft>((now, _, at) => (at % 2 ? inSight(now, START + at) : outOfSight(now, START + at)), first);
    expect(blinking.events.length).toBeLessThanOrEqual(2000);
  });
  it("names what a change of the viewer is", () => {
    const windowed = { ...FIRST_STATE, window: { low: 0.25, high: 0.75 }, inverted: true };
    expect(movesOf(FIRST_STATE, windowed)).toEqual([{ kind: Kind.WINDOW, values: [0.5, 0.5, 1], picture: 0 }]);
    expect(movesOf(FIRST_STATE, { ...FIRST_STATE, zoom: 2, centre: [0.25, 0.5], tool: "zoom" })).toEqual([
      { kind: Kind.ZOOM, values: [2], picture: 0 },
      { kind: Kind.PAN, values: [0.25, 0.5], picture: 0 },
    ]);
    const grid = { ...FIRST_STATE, layout: "grid" as const };
    expect(movesOf(grid, { ...grid, layout: "single", shown: 4 })).toEqual([{ kind: Kind.ZOOM, values: [1], picture: 4 }]);
    expect(movesOf(grid, { ...grid, zoom: 3 })).toEqual([{ kind: Kind.ZOOM, values: [3] }]);
    expect(movesOf(grid, grid)).toEqual([]);
  });
});

it("ids of answers are drawn", () => {
  expect(drawnId()).toMatch(/^answer_[0-9a-f]{32}$/);
  expect(drawnId()).not.toBe(drawnId());
});
