// One question beside the pictures of its case; once it is answered, what is right and what is to be seen.

import { signal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { CaseTruth, Feedback, QuizCase, QuizQuestion } from "../protos/mammoganesis/v1/quizzes_pb";
import { QuestionKind } from "../protos/mammoganesis/v1/quizzes_pb";
import { Button } from "../parts/buttons";
import { ErrorLine, Message } from "../parts/messages";
import { canBeSent, placesOf, verdictOf, withPlace } from "../teaching/answers";
import { Hanging, readingViewFor } from "../teaching/hanging";
import { findingOverlays, placeOverlays } from "../teaching/marks";
import { maskOverlay } from "../teaching/masks";
import { quizShown } from "../teaching/pictures";
import { QuestionView } from "../teaching/question";
import { imageName } from "../teaching/words";
import { number, t } from "../texts/texts";
import { FIRST_STATE, OVERLAY_COLOURS } from "../viewer/state";
import type { Overlay, ViewState } from "../viewer/types";
import { answerTo, arrive, ended, feedback, here, send, sending, step, steps, token, trouble, truths, write } from "./store";

const view = signal<{ number: number; state: ViewState } | null>(null); // of the case on show

const [TRUTH, MINE, EDITED, GROUP] = OVERLAY_COLOURS;

export function Reading() {
  const place = here.value;
  const heading = useRef<HTMLHeadingElement>(null);
  const verdict = useRef<HTMLDivElement>(null);
  const asked = useRef(""); // the question that was on show, not answered yet
  useEffect(() => heading.current?.focus(), [step.value]);
  const shown = here.value?.question.questionId ?? "";
  const isAnswered = feedback.value.has(shown);
  useEffect(() => {
    // The button that sent the answer is gone with it: without this the keys begin at the top of the page again.
    if (isAnswered && asked.current === shown) verdict.current?.focus();
    asked.current = isAnswered ? "" : shown;
  }, [shown, isAnswered]);
  useSignalEffect(() => {
    const { quizCase, question } = here.value ?? {};
    if (!quizCase || !question) return;
    const old = view.peek();
    const state = old?.number === quizCase.number ? old.state : readingViewFor(quizCase.pictures);
    // Who is asked to mark has the point in the hand: a touch marks.
    const tool = question.kind === QuestionKind.MARK ? "point" : state.tool === "point" ? FIRST_STATE.tool : state.tool;
    view.value = { number: quizCase.number, state: { ...state, tool } };
  });
  if (!place) return null;
  const { quizCase, question } = place;
  const said = feedback.value.get(question.questionId) ?? null;
  const answer = answerTo(question);
  const truth = truths.value.get(quizCase.number);
  const ids = quizCase.pictures.map(({ pictureId }) => pictureId);
  const marks = question.kind === QuestionKind.MARK && !said && !ended.value;
  return (
    <div class="reading">
      <section class="pictures" aria-label={t("quiz.pictures")}>
        <Hanging
          name={t("quiz.caseNumber", { number: quizCase.number })}
          shown={quizCase.pictures.map((picture, at) => quizShown(token.value, picture, at))}
          view={view.value?.number === quizCase.number ? view.value.state : readingViewFor(quizCase.pictures)}
          onView={(state) => (view.value = { number: quizCase.number, state })}
          overlays={overlaysOf(quizCase, question, said, truth)}
          drawing={marks ? { marks: ["point"], onMark: (slot, mark) => mark.kind === "point" && write(question, withPlace(answer, ids[slot] ?? "", mark.at)) } : undefined}
        />
      </section>
      <section class="asked">
        <h1 ref={heading} tabIndex={-1}>
          {t("quiz.position", { number: step.value, count: steps.value.length })}
        </h1>
        {quizCase.history ? (
          <div class="history">
            <h2>{t("quiz.history")}</h2>
            <p class="prose">{quizCase.history}</p>
          </div>
        ) : null}
        <div role="status" tabIndex={-1} ref={verdict}>{said ? <Verdict said={said} /> : null}</div>
        <QuestionView
          question={question}
          answer={answer}
          onAnswer={(next) => write(question, next)}
          feedback={said}
          pictureName={(id) => nameOf(quizCase, id)}
        />
        {truth ? <Notes truth={truth} /> : null}
        <p class="error" role="alert" hidden={!trouble.value}><Message text={trouble.value ? t(sending.value ? "quiz.retrying" : "quiz.notTaken", { message: trouble.value }) : ""} /></p>
        <ErrorLine text={ended.value && !said ? t("quiz.ended") : ""} />
        <div class="row spread">
          <Button onClick={() => arrive(step.value - 1)} look="quiet">
            {t("quiz.back")}
          </Button>
          {said || ended.value ? (
            <Button look="primary" onClick={() => arrive(step.value + 1)}>
              {t(step.value < steps.value.length ? "quiz.next" : "quiz.toScore")}
            </Button>
          ) : (
            <Button look="primary" onClick={() => void send(question)} disabled={sending.value || !canBeSent(answer)}>
              {t(sending.value ? "quiz.sending" : "quiz.answer")}
            </Button>
          )}
        </div>
      </section>
    </div>
  );
}

function nameOf(quizCase: QuizCase, pictureId: string): string {
  const at = quizCase.pictures.findIndex((picture) => picture.pictureId === pictureId);
  const picture = quizCase.pictures[at];
  return picture ? imageName(picture, at) : "";
}

function Verdict({ said }: { said: Feedback }) {
  const verdict = verdictOf(said);
  return (
    <p class={`verdict ${verdict}`}>
      <strong>{t(`verdict.${verdict}`)}</strong>
      {said.score !== undefined && verdict === "partly" ? ` ${t("verdict.share", { score: number(100 * said.score) })}` : null}
    </p>
  );
}

// What may be read once all questions of the case are answered.
function Notes({ truth }: { truth: CaseTruth }) {
  if (!truth.title) return null;
  return (
    <section class="notes">
      <h2>{truth.title}</h2>
      <ul>
        {truth.findings.map(({ findingId, name, description }) => (
          <li key={findingId}>
            <strong>{name}</strong>
            {description ? <p class="prose">{description}</p> : null}
          </li>
        ))}
      </ul>
      {truth.teachingNotes ? <p class="prose">{truth.teachingNotes}</p> : null}
    </section>
  );
}

function overlaysOf(quizCase: QuizCase, question: QuizQuestion, said: Feedback | null, truth: CaseTruth | undefined): Overlay[] {
  const ids = quizCase.pictures.map(({ pictureId }) => pictureId);
  return [
    ...(truth?.masks ?? []).flatMap((mask) => maskOverlay(mask, ids, EDITED)),
    ...(said?.group && said.group.places.length > 0 ? placeOverlays("group", t("group.places"), said.group.places, ids, { colour: GROUP }) : []),
    ...findingOverlays(truth?.findings ?? [], ids, () => ({ colour: TRUTH, chosen: true })),
    ...placeOverlays("mine", t("quiz.mine"), placesOf(answerTo(question)), ids, { colour: MINE }),
  ];
}
