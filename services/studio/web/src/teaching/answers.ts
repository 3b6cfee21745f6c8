// Answers to questions, as a taker gives them. Pure.

import { create } from "@bufbuild/protobuf";

import {
  AnswerSchema,
  ChoicesAnswerSchema,
  PlacesAnswerSchema,
  PlaceSchema,
  QuestionKind,
  type Answer,
  type Feedback,
  type Place,
} from "../protos/mammoganesis/v1/quizzes_pb";
import type { Place as Spot } from "../viewer/types";
import { pointOf } from "./marks";

export const MAX_PLACES = 16;

export const answerOf = (kind: Answer["kind"]): Answer => create(AnswerSchema, { kind });

export function withChoiceToggled(answer: Answer | null, choice: number): Answer {
  const taken = chosen(answer);
  const choices = taken.includes(choice) ? taken.filter((one) => one !== choice) : [...taken, choice].sort((a, b) => a - b);
  return answerOf({ case: "choices", value: create(ChoicesAnswerSchema, { choices }) });
}

const placesAnswer = (places: Place[]) => answerOf({ case: "places", value: create(PlacesAnswerSchema, { places }) });

export const placesOf = (answer: Answer | null | undefined): Place[] => (answer?.kind.case === "places" ? answer.kind.value.places : []);

// One place more; at most MAX_PLACES, the first ones stay.
export function withPlace(answer: Answer | null, pictureId: string, spot: Spot): Answer {
  return placesAnswer([...placesOf(answer), create(PlaceSchema, { pictureId, point: pointOf(spot) })].slice(0, MAX_PLACES));
}

export const withoutPlace = (answer: Answer | null, place: number): Answer => placesAnswer(placesOf(answer).filter((_, at) => at !== place));

export const nowhere = (): Answer => placesAnswer([]);

// Numbers of the choices that an answer takes.
export function chosen(answer: Answer | null | undefined): number[] {
  if (answer?.kind.case === "choice") return [answer.kind.value];
  return answer?.kind.case === "choices" ? [...answer.kind.value.choices] : [];
}

// What is given before anything was touched: choosing nothing is an answer only to several choices, marking nothing must be said.
export const firstAnswer = (kind: QuestionKind): Answer | null =>
  kind === QuestionKind.MULTIPLE_CHOICE ? answerOf({ case: "choices", value: create(ChoicesAnswerSchema) }) : null;

export function canBeSent(answer: Answer | null): answer is Answer {
  if (answer === null || answer.kind.case === undefined) return false;
  return answer.kind.case !== "text" || answer.kind.value.trim() !== "";
}

export type Verdict = "right" | "partly" | "wrong" | "unscored";

export function verdictOf({ score }: Feedback): Verdict {
  if (score === undefined) return "unscored";
  if (score >= 1) return "right";
  return score > 0 ? "partly" : "wrong";
}

