// What this browser keeps of an attempt, so that a reload loses nothing: its id, answers that are not sent yet, and the one on its way.

import { fromJsonString, toJsonString } from "@bufbuild/protobuf";

import { AnswerSchema, type Answer } from "../protos/mammoganesis/v1/quizzes_pb";
import { keep as keepText, kept as keptText, nameOf } from "../state/keeping";

export interface Kept {
  attemptId: string; // "": none was started
  answers: Map<string, Answer>; // by question
  sending: string; // the question whose answer is on its way; "" for none
}

export const nothingKept = (): Kept => ({ attemptId: "", answers: new Map(), sending: "" });

const memory = new Map<string, string>(); // where a browser keeps nothing for a frame of another site

const keyOf = (token: string) => `mammoganesis.attempt.${nameOf(token)}`;

export function keep(token: string, { attemptId, answers, sending }: Kept): void {
  const texts = [...answers].map(([question, answer]) => [question, toJsonString(AnswerSchema, answer)]);
  const text = JSON.stringify({ attemptId, answers: texts, sending });
  memory.set(keyOf(token), text);
  keepText(keyOf(token), text);
}

export function keptOf(token: string): Kept {
  try {
    const { attemptId, answers, sending } = JSON.parse(keptText(keyOf(token)) ?? memory.get(keyOf(token)) ?? "{}") as { attemptId?: string; answers?: [string, string][]; sending?: string };
    const read = (answers ?? []).map(([question, text]): [string, Answer] => [question, fromJsonString(AnswerSchema, text)]);
    return { attemptId: attemptId ?? "", answers: new Map(read), sending: sending ?? "" };
  } catch {
    return nothingKept();
  }
}
