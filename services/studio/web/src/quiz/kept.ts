// What this browser keeps of an attempt, so that a reload loses nothing: its id, answers that are not sent yet, and the one on its way.

import { fromJsonString, toJsonString } from "@bufbuild/protobuf";

import { AnswerSchema, type Answer } from "../protos/mammoganesis/v1/quizzes_pb";

export interface Kept {
  attemptId: string; // "": none was started
  answers: Map<string, Answer>; // by question
  sending: string; // the question whose answer is on its way; "" for none
}

export const nothingKept = (): Kept => ({ attemptId: "", answers: new Map(), sending: "" });

const memory = new Map<string, string>(); // where a browser keeps nothing for a frame of another site

const keyOf = (token: string) => `mammoganesis.attempt.${token}`;

export function keep(token: string, { attemptId, answers, sending }: Kept): void {
  const texts = [...answers].map(([question, answer]) => [question, toJsonString(AnswerSchema, answer)]);
  const text = JSON.stringify({ attemptId, answers: texts, sending });
  memory.set(keyOf(token), text);
  try {
    localStorage.setItem(keyOf(token), text);
  } catch {
    // the page alone remembers
  }
}

export function keptOf(token: string): Kept {
  try {
    const { attemptId, answers, sending } = JSON.parse(stored(keyOf(token)) ?? "{}") as { attemptId?: string; answers?: [string, string][]; sending?: string };
    const read = (answers ?? []).map(([question, text]): [string, Answer] => [question, fromJsonString(AnswerSchema, text)]);
    return { attemptId: attemptId ?? "", answers: new Map(read), sending: sending ?? "" };
  } catch {
    return nothingKept();
  }
}

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}
