// What this browser keeps of a reading until it is over: answers that are not there yet, the one that is being given, what was read and measured.

import { fromJson, toJson, type JsonValue } from "@bufbuild/protobuf";

import { ReadingEventSchema, RecordAnswerRequestSchema, type RecordAnswerRequest } from "../protos/mammoganesis/v1/studies_pb";
import { forget, keep, kept, nameOf } from "../state/keeping";
import { outOfSight, type Draft } from "./draft";
import type { Measured } from "./screen";

// An answer that is to be sent, without the token.
export interface Unsent {
  readonly request: RecordAnswerRequest;
  readonly alone: boolean; // nothing follows before it is there
}

// What was said before the phase and the task at hand.
export interface Told {
  readonly trials: readonly string[]; // whose introduction was read
  readonly introduction: string;
  readonly introductionLanguage: string; // a BCP 47 tag
  readonly cues: readonly string[];
  readonly instructions: string;
  readonly instructionsLanguage: string;
  readonly practising: boolean;
}

export const NOTHING_TOLD: Told = { trials: [], introduction: "", introductionLanguage: "", cues: [], instructions: "", instructionsLanguage: "", practising: false };

type Part = "unsent" | "draft" | "told" | "measured";

const keyOf = (token: string, part: Part) => `mammoganesis.reading.${nameOf(token)}.${part}`;

function read<Value>(token: string, part: Part, value: (content: JsonValue) => Value, otherwise: Value): Value {
  try {
    const text = kept(keyOf(token, part));
    return text === null ? otherwise : value(JSON.parse(text) as JsonValue);
  } catch {
    return otherwise;
  }
}

function write(token: string, part: Part, content: object | null): void {
  if (content === null) forget(keyOf(token, part));
  else keep(keyOf(token, part), JSON.stringify(content));
}

// The reading is over. Answers that another tab has yet to send stay until they are there, or until none is taken any more.
export function forgetReading(token: string, closed: boolean): void {
  const parts: Part[] = ["draft", "told", "measured", ...(closed ? (["unsent"] as const) : [])];
  for (const part of parts) write(token, part, null);
}

export const unsentOf = (token: string): Unsent[] =>
  read(token, "unsent", (content) => (content as { request: JsonValue; alone: boolean }[]).map(({ request, alone }) => ({ alone, request: fromJson(RecordAnswerRequestSchema, request) })), []);

// Another tab may have kept more meanwhile, and this browser less than the page knows: where it has no room, or keeps nothing.
export function changeUnsent(token: string, known: readonly Unsent[], change: (before: Unsent[]) => Unsent[]): Unsent[] {
  const stored = unsentOf(token);
  const ids = new Set(stored.map(({ request }) => request.answerId));
  const after = change([...stored, ...known.filter(({ request }) => !ids.has(request.answerId))]);
  const texts = after.map(({ request, alone }) => ({ alone, request: toJson(RecordAnswerRequestSchema, request) }));
  write(token, "unsent", texts.length > 0 ? texts : null);
  return after;
}

// As the page leaves it, if it is gone from `now` on: out of sight.
export function keepDraft(token: string, draft: Draft | null, now: number): void {
  const left = draft && outOfSight(draft, now);
  write(token, "draft", left && { ...left, events: left.events.map((event) => toJson(ReadingEventSchema, event)) });
}

export const draftOf = (token: string): Draft | null =>
  read(
    token,
    "draft",
    (content) => {
      const draft = content as unknown as (Omit<Draft, "events"> & { events: JsonValue[] }) | null;
      return draft && { ...draft, events: draft.events.map((event) => fromJson(ReadingEventSchema, event)) };
    },
    null,
  );

export const keepTold = (token: string, told: Told) => write(token, "told", told);
export const toldOf = (token: string): Told => read(token, "told", (content) => content as unknown as Told, NOTHING_TOLD);

export const keepMeasured = (token: string, measured: Measured) => write(token, "measured", measured);
export const measuredOf = (token: string): Measured | null => read(token, "measured", (content) => content as unknown as Measured, null);
