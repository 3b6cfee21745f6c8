// The one place that knows what a taker's page shows. Components read signals and call the functions below; the address follows.

import { Code, ConnectError } from "@connectrpc/connect";
import { batch, computed, signal } from "@preact/signals";

import type { Answer, CaseTruth, Feedback, OpenQuizResponse, QuizCase, QuizQuestion, Score } from "../protos/mammoganesis/v1/quizzes_pb";
import { quizService } from "../rpc/clients";
import { isMissing, messageOf } from "../rpc/failures";
import { lasting } from "../rpc/lasting";
import { canBeSent, firstAnswer } from "../teaching/answers";
import { addressOf, attemptOf, readAddress } from "./address";
import { keep, keptOf, nothingKept, type Kept } from "./kept";
import { tell } from "../parts/messenger";
import { t } from "../texts/texts";

export interface Step {
  quizCase: QuizCase;
  question: QuizQuestion;
}

export const token = signal("");
export const quiz = signal<OpenQuizResponse | null>(null);
export const refusal = signal(""); // why there is no quiz
export const step = signal(0); // as in the address
export const feedback = signal<ReadonlyMap<string, Feedback>>(new Map()); // by question
export const truths = signal<ReadonlyMap<number, CaseTruth>>(new Map()); // by case number
export const score = signal<Score | null>(null);
export const ended = signal(false); // it takes answers no more
export const sending = signal(false);
export const trouble = signal(""); // why an answer is not there yet
export const lost = signal(false); // nobody answers, and it is tried again
export const byCourse = signal(false); // a course has begun the attempt
const kept = signal<Kept>(nothingKept());
const tellTrouble = (text: string, away = text !== "") => batch(() => {
  trouble.value = text;
  lost.value = away;
});

export const steps = computed<Step[]>(() => (quiz.value?.cases ?? []).flatMap((quizCase) => quizCase.questions.map((question) => ({ quizCase, question }))));
export const here = computed<Step | null>(() => steps.value[step.value - 1] ?? null);
export const started = computed(() => kept.value.attemptId !== "");
export const finished = computed(() => steps.value.length > 0 && steps.value.every(({ question }) => feedback.value.has(question.questionId)));

export function answerTo(question: QuizQuestion): Answer | null {
  const { questionId, kind } = question;
  return feedback.value.get(questionId)?.answer ?? kept.value.answers.get(questionId) ?? firstAnswer(kind);
}

// Opens the quiz of the address, and the attempt that this browser has begun. Connections that fail are tried again.
export async function open(): Promise<void> {
  token.value = readAddress(location.hash, 0).token;
  kept.value = keptOf(token.value);
  const given = attemptOf(location.hash);
  byCourse.value = given !== "";
  if (!token.value) return; // the page says so
  if (given && given !== kept.value.attemptId) remember({ ...nothingKept(), attemptId: given }); // the learner's own, whoever was here before
  try {
    quiz.value = await lasting(() => quizService.openQuiz({ token: token.value }), tellTrouble);
    if (started.value) await readAttempt();
  } catch (error) {
    refusal.value = isMissing(error) ? t("quiz.notThereWhy") : messageOf(error);
    return;
  }
  const asked = readAddress(location.hash, steps.value.length).step;
  arrive(started.value && !(byCourse.value && feedback.value.size === 0) ? asked || firstOpen() : 0, false);
  tell({ type: "ready", title: quiz.value.title, questions: steps.value.length });
  const { sending: waiting } = kept.value;
  const pending = steps.value.find(({ question }) => question.questionId === waiting);
  if (pending && !feedback.value.has(waiting)) void send(pending.question);
  addEventListener("popstate", () => arrive(readAddress(location.hash, steps.value.length).step, false));
}

async function readAttempt(): Promise<void> {
  try {
    const attempt = await lasting(() => quizService.getAttempt({ attemptId: kept.value.attemptId }), tellTrouble);
    feedback.value = new Map(attempt.feedback.map((one) => [one.questionId, one]));
    truths.value = new Map(attempt.truths.map((one) => [one.caseNumber, one]));
    score.value = attempt.score ?? null;
    ended.value = attempt.ended;
  } catch (error) {
    if (!isMissing(error)) throw error;
    remember(nothingKept()); // an attempt that is not there any more
  }
}

export async function start(): Promise<void> {
  if (sending.value) return;
  sending.value = true;
  try {
    if (!started.value) {
      const { attemptId } = await lasting(() => quizService.startAttempt({ token: token.value }), tellTrouble);
      remember({ ...kept.value, attemptId });
    }
    arrive(firstOpen());
  } catch (error) {
    tellTrouble(messageOf(error), false);
  } finally {
    sending.value = false;
  }
}

// The first question without an answer; the end where there is none.
const firstOpen = () => {
  const place = steps.value.findIndex(({ question }) => !feedback.value.has(question.questionId));
  return place < 0 ? steps.value.length + 1 : place + 1;
};

export function arrive(next: number, push = true): void {
  step.value = started.value ? Math.min(next, steps.value.length + 1) : 0;
  tellTrouble("");
  const address = addressOf({ token: token.value, step: step.value }, steps.value.length);
  if (push) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  tell({ type: "state", question: step.value, answered: feedback.value.size, questions: steps.value.length });
}

export function write(question: QuizQuestion, answer: Answer): void {
  remember({ ...kept.value, answers: new Map(kept.value.answers).set(question.questionId, answer) });
}

// Sends the answer to a question until it is there; the same answer twice counts once.
export async function send(question: QuizQuestion): Promise<void> {
  const answer = answerTo(question);
  if (sending.value || !canBeSent(answer)) return;
  const { questionId } = question;
  sending.value = true;
  remember({ ...kept.value, sending: questionId, answers: new Map(kept.value.answers).set(questionId, answer) });
  try {
    take(await lasting(() => quizService.answerQuestion({ attemptId: kept.value.attemptId, questionId, answer }), tellTrouble));
  } catch (error) {
    tellTrouble(messageOf(error), false);
    if (error instanceof ConnectError && error.code === Code.FailedPrecondition) await readAttempt().catch(() => undefined); // answered in another tab, or over
  } finally {
    sending.value = false;
    remember({ ...kept.value, sending: "" });
  }
}

function take(answered: { feedback?: Feedback | undefined; truth?: CaseTruth | undefined; score?: Score | undefined }): void {
  const { feedback: one, truth, score: sum } = answered;
  if (one) feedback.value = new Map(feedback.value).set(one.questionId, one);
  if (truth) truths.value = new Map(truths.value).set(truth.caseNumber, truth);
  score.value = sum ?? null;
  const { points = 0, pointsPossible = 0 } = sum ?? {};
  if (one) tell({ type: "answered", question: one.questionId, score: one.score ?? null, points, pointsPossible });
  if (finished.value) tell({ type: "result", points, pointsPossible, answered: feedback.value.size, questions: steps.value.length });
}

function remember(next: Kept): void {
  kept.value = next;
  keep(token.value, next);
}
