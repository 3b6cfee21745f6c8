// The end of a quiz: the score, and the way back to every question.

import { Button } from "../parts/buttons";
import { verdictOf } from "../teaching/answers";
import { number, percent, pointsText, t } from "../texts/texts";
import { arrive, ended, feedback, finished, quiz, score, steps } from "./store";

export function End() {
  const { points = 0, pointsPossible = 0, answered = 0 } = score.value ?? {};
  return (
    <section class="end">
      <h1 tabIndex={-1}>{quiz.value?.title}</h1>
      {ended.value ? <p class="note">{t("quiz.ended")}</p> : null}
      {pointsPossible > 0 ? (
        <p class="score">
          <strong>{percent(points / pointsPossible)}</strong> {t("score.points", { points: pointsText(points), possible: pointsText(pointsPossible) })}
        </p>
      ) : null}
      <p>{t(finished.value ? "score.all" : "score.some", { answered: number(answered), count: number(steps.value.length) })}</p>
      <ol class="review">
        {steps.value.map(({ question }, at) => {
          const said = feedback.value.get(question.questionId);
          const verdict = said ? verdictOf(said) : null;
          return (
            <li key={question.questionId} class="row spread">
              <span class="prose">{question.text}</span>
              <span class={`verdict ${verdict ?? ""}`}>{t(verdict ? `verdict.${verdict}` : "verdict.open")}</span>
              <Button onClick={() => arrive(at + 1)} label={t("score.seeOne", { number: at + 1 })}>
                {t("score.see")}
              </Button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
