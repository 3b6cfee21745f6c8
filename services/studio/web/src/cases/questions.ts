// Questions of a case: new ones, their kinds, and what one still lacks. Pure.

import { create } from "@bufbuild/protobuf";

import {
  BiRadsQuestionSchema,
  ChoiceQuestionSchema,
  ChoiceSchema,
  DensityQuestionSchema,
  FreeTextQuestionSchema,
  MarkQuestionSchema,
  QuestionSchema,
  type Case,
  type ChoiceQuestion,
  type Question,
} from "../protos/mammoganesis/v1/cases_pb";
import type { KindCase } from "../teaching/truth";
import type { TextKey } from "../texts/texts";
import { changed, freeId } from "./model";

export const MAX_QUESTIONS = 32;
export const MAX_CHOICES = 12;
export const MIN_CHOICES = 2;

// In the order in which a reader answers them.
export const QUESTION_KINDS: readonly KindCase[] = ["mark", "biRads", "density", "singleChoice", "multipleChoice", "freeText"];

// `texts`: what is asked, and the choices that a question with choices begins with.
export function withQuestion(one: Case, kind: KindCase, texts: { text: string; choices: string[] }): Case {
  return changed(one, (copy) => {
    const questionId = freeId("question", copy.questions.map((question) => question.questionId));
    const all = copy.findings.map(({ findingId }) => findingId);
    copy.questions.push(create(QuestionSchema, { questionId, text: texts.text, kind: newKind(kind, texts.choices, all) }));
  });
}

function newKind(kind: KindCase, choices: string[], findingIds: string[]): Question["kind"] {
  switch (kind) {
    case "singleChoice":
    case "multipleChoice":
      return { case: kind, value: create(ChoiceQuestionSchema, { choices: choices.map((text) => create(ChoiceSchema, { text })) }) };
    case "biRads":
      return { case: kind, value: create(BiRadsQuestionSchema) };
    case "density":
      return { case: kind, value: create(DensityQuestionSchema) };
    case "mark":
      return { case: kind, value: create(MarkQuestionSchema, { findingIds }) };
    case "freeText":
      return { case: kind, value: create(FreeTextQuestionSchema) };
  }
}

export const withQuestionChange = (one: Case, place: number, change: (question: Question) => void): Case =>
  changed(one, (copy) => {
    const question = copy.questions[place];
    if (question) change(question);
  });

// With single choice the one that is chosen is the only correct one.
export function setCorrect(question: ChoiceQuestion, place: number, correct: boolean, single: boolean): void {
  question.choices.forEach((choice, at) => {
    if (at === place) choice.correct = correct;
    else if (single && correct) choice.correct = false;
  });
}

// The list with a value in it or not, in the order of `all`.
export function toggled<Value>(list: readonly Value[], value: Value, all: readonly Value[]): Value[] {
  const has = list.includes(value);
  return all.filter((one) => (one === value ? !has : list.includes(one)));
}

export interface Lack {
  tab: "images" | "findings" | "questions" | "text";
  place: number; // of the finding or question, from 0
  text: TextKey;
}

// What a case must have before it can be saved; the services say the rest.
export function lacksOf(one: Case): Lack[] {
  const lacks: Lack[] = [];
  if (!one.title.trim()) lacks.push({ tab: "text", place: 0, text: "lack.title" });
  if (one.images.length === 0) lacks.push({ tab: "images", place: 0, text: "lack.image" });
  one.findings.forEach(({ name }, place) => {
    if (!name.trim()) lacks.push({ tab: "findings", place, text: "lack.findingName" });
  });
  one.questions.forEach((question, place) => {
    const text = lackOf(question);
    if (text) lacks.push({ tab: "questions", place, text });
  });
  return lacks;
}

function lackOf({ text, kind }: Question): TextKey | null {
  if (!text.trim()) return "lack.questionText";
  if (kind.case === "singleChoice" || kind.case === "multipleChoice") {
    const { choices } = kind.value;
    if (choices.length < MIN_CHOICES || choices.some((choice) => !choice.text.trim())) return "lack.choiceText";
    if (kind.case === "singleChoice" && choices.filter(({ correct }) => correct).length !== 1) return "lack.correctChoice";
  }
  if ((kind.case === "biRads" || kind.case === "density") && kind.value.accepted.length === 0) return "lack.accepted";
  return null;
}
