// What a reader gives to a question: as it stands in the page, by keys, and as it is sent. Pure.

import { create } from "@bufbuild/protobuf";

import { BiRads, Density } from "../protos/mammoganesis/v1/cases_pb";
import { ReadingAnswerSchema, type ReadingAnswer, type Trial } from "../protos/mammoganesis/v1/studies_pb";
import { BI_RADS, DENSITIES } from "../teaching/words";
import { placeOf, pointOf } from "../teaching/marks";
import type { Place } from "../viewer/types";

export type Asked = Trial["asked"];

export const POINTS = 6; // of the scale from "definitely real" to "definitely generated"

// What has been given so far; what is absent has not.
export interface Given {
  readonly confidence?: number; // 1 to POINTS
  readonly generated?: boolean;
  readonly chosen?: number; // from 0
  readonly places: readonly Place[];
  readonly quality?: number; // from 1
  readonly biRads?: BiRads;
  readonly density?: Density;
  readonly suspected?: boolean;
  readonly text: string;
}

export const NOTHING: Given = { places: [], text: "" };

// Which categories a reading asks for.
export const categoriesAsked = ({ biRads, density }: { biRads: boolean; density: boolean }) => (biRads || density ? { biRads, density } : { biRads: true, density: true });

// The answer; null while something that is asked is not given.
export function answerOf(asked: Asked, given: Given): ReadingAnswer | null {
  const kind = kindOf(asked, given);
  return kind === null ? null : create(ReadingAnswerSchema, { kind });
}

type Kind = NonNullable<Parameters<typeof create<typeof ReadingAnswerSchema>>[1]>["kind"];

function kindOf(asked: Asked, given: Given): Exclude<Kind, undefined> | null {
  const { confidence, generated, chosen, quality, biRads, density, suspected, text } = given;
  switch (asked.case) {
    case "rating": {
      if (confidence === undefined) return null;
      if (!asked.value.binaryAsked) return { case: "rating", value: { confidence } };
      return generated === undefined ? null : { case: "rating", value: { confidence, generated } };
    }
    case "oddOneOut":
    case "forcedChoice":
      return chosen === undefined ? null : { case: "chosen", value: chosen };
    case "location":
      return confidence === undefined ? null : { case: "location", value: { confidence, places: given.places.map(pointOf) } };
    case "quality":
      return quality === undefined ? null : { case: "quality", value: quality };
    case "reading": {
      const wanted = categoriesAsked(asked.value);
      if ((wanted.biRads && biRads === undefined) || (wanted.density && density === undefined)) return null;
      return { case: "reading", value: { ...(wanted.biRads ? { biRads: biRads! } : {}), ...(wanted.density ? { density: density! } : {}) } };
    }
    case "suspicion":
      return suspected === undefined ? null : { case: "suspicion", value: { suspected, text: suspected ? text.trim() : "" } };
    default:
      return null;
  }
}

// What was given, out of an answer.
export function givenOf(answer: ReadingAnswer | undefined): Given {
  const kind = answer?.kind;
  switch (kind?.case) {
    case "rating":
      return { ...NOTHING, confidence: kind.value.confidence, ...(kind.value.generated === undefined ? {} : { generated: kind.value.generated }) };
    case "chosen":
      return { ...NOTHING, chosen: kind.value };
    case "location":
      return { ...NOTHING, confidence: kind.value.confidence, places: kind.value.places.map(placeOf) };
    case "quality":
      return { ...NOTHING, quality: kind.value };
    case "reading": {
      const { biRads, density } = kind.value;
      return { ...NOTHING, ...(biRads === BiRads.BI_RADS_UNSPECIFIED ? {} : { biRads }), ...(density === Density.UNSPECIFIED ? {} : { density }) };
    }
    case "suspicion":
      return { ...NOTHING, suspected: kind.value.suspected, text: kind.value.text };
    default:
      return NOTHING;
  }
}

// One place more, as long as the task takes one.
export function withPlace(given: Given, place: Place, most: number): Given {
  const { x, y } = pointOf(place);
  return given.places.length < most ? { ...given, places: [...given.places, [x, y]] } : given;
}

export const withoutPlace = (given: Given, at: number): Given => ({ ...given, places: given.places.filter((_, place) => place !== at) });

export const GENERATED_KEYS = { r: false, g: true } as const;

// What is given after a key; null for a key that answers nothing here.
export function keyed(asked: Asked, given: Given, key: string): Given | null {
  const digit = /^\d$/.test(key) ? Number(key) || 10 : 0; // 0 is the tenth
  const upTo = (most: number) => (digit >= 1 && digit <= most ? digit : null);
  switch (asked.case) {
    case "rating": {
      const confidence = upTo(POINTS);
      if (confidence) return { ...given, confidence };
      return asked.value.binaryAsked && key in GENERATED_KEYS ? { ...given, generated: GENERATED_KEYS[key as keyof typeof GENERATED_KEYS] } : null;
    }
    case "location": {
      const confidence = upTo(POINTS);
      if (confidence) return { ...given, confidence };
      return key === "Backspace" && given.places.length > 0 ? withoutPlace(given, given.places.length - 1) : null;
    }
    case "oddOneOut":
    case "forcedChoice": {
      const chosen = upTo(asked.value.images);
      return chosen ? { ...given, chosen: chosen - 1 } : null;
    }
    case "quality": {
      const quality = upTo(asked.value.anchors.length);
      return quality ? { ...given, quality } : null;
    }
    case "reading":
      return categoryKeyed(categoriesAsked(asked.value), given, key);
    default:
      return null;
  }
}

// A digit goes through the categories that begin with it: 4, 4A, 4B, 4C.
function categoryKeyed(wanted: { biRads: boolean; density: boolean }, given: Given, key: string): Given | null {
  const matching = wanted.biRads && /^\d$/.test(key) ? BI_RADS.filter(({ code }) => code.startsWith(key)) : [];
  if (matching.length > 0) {
    const now = matching.findIndex(({ value }) => value === given.biRads);
    return { ...given, biRads: matching[(now + 1) % matching.length]!.value };
  }
  const density = wanted.density ? DENSITIES.find(({ code }) => code === key.toUpperCase()) : undefined;
  return density ? { ...given, density: density.value } : null;
}
