// The size of a study as the services work it out, and what of it is drawn. Pure functions, but for the call.

import { StudyQuestion, type SizeStudyRequest, type StudySize } from "../protos/mammoganesis/v1/studies_pb";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { SizeStudyRequestSchema } from "../protos/mammoganesis/v1/studies_pb";
import type { Asked, Question } from "./address";

const QUESTION: Record<Question, StudyQuestion> = {
  difference: StudyQuestion.DIFFERENCE,
  equivalence: StudyQuestion.EQUIVALENCE,
  width: StudyQuestion.WIDTH,
};

export type Field = Exclude<keyof Asked, "question">;
type Limits = { low: number; high: number; whole?: boolean; open?: boolean }; // open: 0 asks how many are needed

export const LIMITS: Record<Field, Limits> = {
  auc: { low: 0.01, high: 0.99 },
  margin: { low: 0.01, high: 0.49 },
  width: { low: 0.01, high: 1 },
  readers: { low: 2, high: 1000, whole: true, open: true },
  reals: { low: 2, high: 100_000, whole: true, open: true },
  generated: { low: 2, high: 100_000, whole: true, open: true },
  deviation: { low: 0, high: 0.5 },
  correlation: { low: 0, high: 1 },
  power: { low: 0.5, high: 0.999 },
  confidence: { low: 0.5, high: 0.999 },
};

// The fields that a question takes.
export const FIELDS: Record<Question, Field[]> = {
  difference: ["auc", "readers", "reals", "generated", "power", "confidence", "deviation", "correlation"],
  equivalence: ["auc", "margin", "readers", "reals", "generated", "power", "confidence", "deviation", "correlation"],
  width: ["auc", "width", "readers", "reals", "generated", "confidence", "deviation", "correlation"],
};

export function requestOf(asked: Asked): MessageInitShape<typeof SizeStudyRequestSchema> {
  const { auc, margin, width, readers, reals, generated, deviation, correlation, power, confidence } = asked;
  const question = QUESTION[asked.question];
  const parts: Partial<SizeStudyRequest> = { question, auc, readers, realCases: reals, generatedCases: generated, readerDeviation: deviation, correlation, confidence };
  if (asked.question !== "width") parts.power = power;
  if (asked.question === "equivalence") parts.margin = margin;
  if (asked.question === "width") parts.width = width;
  return parts as MessageInitShape<typeof SizeStudyRequestSchema>;
}

export type Shown = "cases" | "power" | "width";

// What changes with the number of readers: images that are needed, or what a given number of them shows.
export const shownBy = ({ question, reals }: Asked): Shown => (reals === 0 ? "cases" : question === "width" ? "width" : "power");

export const valueOf = (size: StudySize, shown: Shown): number => (shown === "cases" ? size.realCases + size.generatedCases : size[shown]);

// Whether a number of readers and images is enough for what is asked.
export function isEnough(size: StudySize, { question, power, width }: Asked): boolean {
  if (size.realCases === 0) return false;
  return question === "width" ? size.width <= width + 1e-9 : size.power >= power - 1e-9;
}
