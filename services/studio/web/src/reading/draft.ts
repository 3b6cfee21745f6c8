// The answer that is being given to a trial, with what was done meanwhile and for how long the pictures were in sight. Pure: `now` is what steady()
// says.

import { create } from "@bufbuild/protobuf";

import {
  ReadingEventKind as Kind,
  ReadingEventSchema,
  RecordAnswerRequestSchema,
  type ReadingAnswer,
  type ReadingEvent,
  type RecordAnswerRequest,
} from "../protos/mammoganesis/v1/studies_pb";
import type { ViewState } from "../viewer/types";
import { NOTHING, type Given } from "./answers";

export interface Draft {
  readonly trialId: string;
  readonly answerId: string;
  readonly given: Given;
  readonly shownAt: number; // as steady() says
  readonly seen: number; // milliseconds in sight until `since`
  readonly since: number | null; // in sight since; null: out of sight
  readonly events: readonly ReadingEvent[];
}

const MOST_EVENTS = 2000; // that the services take with an answer
const CLOSE = 100; // milliseconds within which moves of one kind are one event
const LONGEST = 86_400_000; // milliseconds of a trial that the services take: a day
const MOVES: readonly Kind[] = [Kind.WINDOW, Kind.ZOOM, Kind.PAN, Kind.RESIZED];

// Milliseconds that only go forward while a page is open, and go on in the next one.
export const steady = () => performance.timeOrigin + performance.now();

export function drawnId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `answer_${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

// The pictures of a trial have come into sight.
export function begun(trialId: string, answerId: string, now: number, given: Given = NOTHING): Draft {
  return happened({ trialId, answerId, given, shownAt: now, seen: 0, since: now, events: [] }, { kind: Kind.SHOWN }, now);
}

export interface Happening {
  readonly kind: Kind;
  readonly values?: readonly number[];
  readonly picture?: number | undefined; // from 0; absent: all that are shown
}

export function happened(draft: Draft, { kind, values = [], picture }: Happening, now: number): Draft {
  const last = draft.events.at(-1);
  const milliseconds = Math.min(LONGEST, Math.max(last?.milliseconds ?? 0, now - draft.shownAt));
  const event = create(ReadingEventSchema, { kind, milliseconds, values: [...values], ...(picture === undefined ? {} : { picture }) });
  const former = draft.events.map((one) => one.kind).lastIndexOf(kind);
  const before = draft.events[former];
  const runs = before !== undefined && draft.events.slice(former).every((one) => MOVES.includes(one.kind)); // nothing else has happened since
  const events = [...draft.events];
  if (runs && before.picture === event.picture && milliseconds - before.milliseconds < CLOSE) events[former] = { ...event, milliseconds: before.milliseconds };
  else events.push(event);
  return { ...draft, events: events.length < MOST_EVENTS ? events : thinned(events) };
}

// Every other move falls away; the last of all stays, as does what is no move.
function thinned(events: readonly ReadingEvent[]): ReadingEvent[] {
  let moves = 0;
  const kept = events.filter(({ kind }, at) => !MOVES.includes(kind) || at === events.length - 1 || moves++ % 2 === 1);
  return kept.length < MOST_EVENTS ? kept : [...kept.slice(0, MOST_EVENTS - 2), kept.at(-1)!];
}

export function outOfSight(draft: Draft, now: number): Draft {
  if (draft.since === null) return draft;
  return happened({ ...draft, seen: draft.seen + Math.max(0, now - draft.since), since: null }, { kind: Kind.HIDDEN }, now);
}

export function inSight(draft: Draft, now: number): Draft {
  return draft.since !== null ? draft : happened({ ...draft, since: now }, { kind: Kind.VISIBLE }, now);
}

export const given = (draft: Draft, what: Given, now: number): Draft => happened({ ...draft, given: what }, { kind: Kind.ANSWERED }, now);

export function requestOf(draft: Draft, answer: ReadingAnswer, now: number): RecordAnswerRequest {
  const { trialId, answerId, seen, since, events } = draft;
  const visibleMilliseconds = Math.min(LONGEST, seen + (since === null ? 0 : Math.max(0, now - since)));
  return create(RecordAnswerRequestSchema, { trialId, answerId, answer, visibleMilliseconds, events: [...events] });
}

// What a change of the viewer comes to, in the log.
export function movesOf(before: ViewState, after: ViewState): Happening[] {
  const picture = after.layout === "single" ? after.shown : undefined;
  const named = picture === undefined ? {} : { picture };
  const same = (one: readonly number[], other: readonly number[]) => one.every((value, at) => value === other[at]);
  const windowOf = ({ window: { low, high }, inverted }: ViewState) => [(low + high) / 2, high - low, inverted ? 1 : 0];
  const alone = before.layout !== after.layout || (after.layout === "single" && before.shown !== after.shown);
  return [
    ...(same(windowOf(before), windowOf(after)) ? [] : [{ kind: Kind.WINDOW, values: windowOf(after), ...named }]),
    ...(before.zoom === after.zoom && !alone ? [] : [{ kind: Kind.ZOOM, values: [after.zoom], ...named }]),
    ...(same(before.centre, after.centre) ? [] : [{ kind: Kind.PAN, values: [...after.centre], ...named }]),
  ];
}
