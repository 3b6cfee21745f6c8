// A case of one's own as its questions stand before a taker, and what is right. Pure.

import { create } from "@bufbuild/protobuf";

import type { Question } from "../protos/mammoganesis/v1/cases_pb";
import { FeedbackSchema, QuestionKind, QuizQuestionSchema, type Feedback, type QuizQuestion } from "../protos/mammoganesis/v1/quizzes_pb";
import { biRadsCategories, densityCategories } from "./words";

export type KindCase = Exclude<Question["kind"]["case"], undefined>;

const KINDS: Record<KindCase, QuestionKind> = {
  singleChoice: QuestionKind.SINGLE_CHOICE,
  multipleChoice: QuestionKind.MULTIPLE_CHOICE,
  biRads: QuestionKind.BI_RADS,
  density: QuestionKind.DENSITY,
  mark: QuestionKind.MARK,
  freeText: QuestionKind.FREE_TEXT,
};

export const kindOf = ({ kind }: Question): QuestionKind => (kind.case ? KINDS[kind.case] : QuestionKind.UNSPECIFIED);

export const choicesOf = ({ kind }: Question) => (kind.case === "singleChoice" || kind.case === "multipleChoice" ? kind.value.choices : []);

// Without anything that says what is right.
export const asked = (question: Question): QuizQuestion =>
  create(QuizQuestionSchema, {
    questionId: question.questionId,
    text: question.text,
    kind: kindOf(question),
    choices: choicesOf(question).map(({ text }) => text),
    points: question.points ?? 1,
  });

// What is right, of a question that nobody has answered.
export function truthOf({ questionId, explanation, kind, ...rest }: Question): Feedback {
  return create(FeedbackSchema, {
    questionId,
    explanation,
    choices: choicesOf({ questionId, explanation, kind, ...rest }),
    biRads: kind.case === "biRads" ? kind.value.accepted : [],
    densities: kind.case === "density" ? kind.value.accepted : [],
    texts: kind.case === "freeText" ? kind.value.accepted : [],
  });
}

// What can be answered, in the order of the group's counts, and whether it is right.
export function answersOf(question: Question): { text: string; right: boolean }[] {
  const { kind } = question;
  if (kind.case === "biRads") return biRadsCategories().map(({ value, text }) => ({ text, right: kind.value.accepted.includes(value) }));
  if (kind.case === "density") return densityCategories().map(({ value, text }) => ({ text, right: kind.value.accepted.includes(value) }));
  return choicesOf(question).map(({ text, correct }) => ({ text, right: correct }));
}
