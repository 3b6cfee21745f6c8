// Published quizzes: their links, their results, and their end.

import { signal } from "@preact/signals";

import type { Quiz } from "../protos/mammoganesis/v1/quizzes_pb";
import { act } from "../parts/acts";
import { Button } from "../parts/buttons";
import { Copied } from "../parts/copied";
import { Dialog } from "../parts/dialog";
import { ErrorLine } from "../parts/messages";
import { quizService } from "../rpc/clients";
import { counted, t } from "../texts/texts";
import { HOME } from "./address";
import { useList } from "../parts/lists";
import { quizAddress } from "./publish";
import { go } from "./store";
import { isOver, when } from "../parts/when";

const closing = signal<Quiz | null>(null);

export function QuizzesPage() {
  const list = useList<Quiz>("", async (pageToken, signal) => {
    const { quizzes, nextPageToken } = await quizService.listQuizzes({ pageToken }, { signal });
    return { things: quizzes, next: nextPageToken };
  });
  const close = async () => {
    const { quizId = "" } = closing.value ?? {};
    closing.value = null;
    await act(() => quizService.closeQuiz({ quizId }));
  };
  return (
    <div class="one">
      <header class="row spread">
        <h1>{t("quizzes.title")}</h1>
        <Button onClick={() => go(HOME)}>{t("cases.showAll")}</Button>
      </header>
      <ErrorLine text={list.failure ? t("cases.unavailable", { message: list.failure }) : ""} />
      {list.things?.length === 0 ? <p class="note">{t("quizzes.none")}</p> : null}
      <ul class="quizzes">
        {list.things?.map((quiz) => (
          <QuizLine key={quiz.quizId} quiz={quiz} />
        ))}
      </ul>
      {list.more ? <Button onClick={list.more}>{t("action.more")}</Button> : null}
      <Dialog title={t("quizzes.closeTitle")} open={closing.value !== null} onClose={() => (closing.value = null)}>
        <div class="panel">
          <p>
            <strong>{closing.value?.title}</strong>
          </p>
          <p>{t("quizzes.closeText")}</p>
          <div class="row">
            <Button look="primary" onClick={() => void close()}>
              {t("quizzes.close")}
            </Button>
            <Button onClick={() => (closing.value = null)}>{t("action.cancel")}</Button>
          </div>
        </div>
      </Dialog>
    </div>
  );
}

export const stateOf = (quiz: Quiz) => t(quiz.closedAt ? "quizzes.closed" : isOver(quiz.endsAt) ? "quizzes.over" : "quizzes.open");

function QuizLine({ quiz }: { quiz: Quiz }) {
  const { quizId, title, token, publishedAt } = quiz;
  const open = !quiz.closedAt && !isOver(quiz.endsAt);
  return (
    <li class="card">
      <div class="about">
        <h2>{title}</h2>
        <p class="note">
          {[stateOf(quiz), t("quizzes.published", { when: when(publishedAt) }), counted("cases.questions", quiz.questions), counted("quizzes.attempts", quiz.attempts)].join(" · ")}
        </p>
        {open ? <Copied label={t("quizzes.linkOne", { title })} text={quizAddress(token)} button={t("quizzes.copyOne", { title })} /> : null}
        <div class="row">
          <Button label={t("quizzes.resultsOne", { title })} onClick={() => go({ at: "quiz", quizId })}>
            {t("quizzes.results")}
          </Button>
          {open ? (
            <Button look="quiet" label={t("quizzes.closeOne", { title })} onClick={() => (closing.value = quiz)}>
              {t("quizzes.close")}
            </Button>
          ) : null}
        </div>
      </div>
    </li>
  );
}
