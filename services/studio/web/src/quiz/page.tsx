// What a taker sees: the beginning, one question after the other, the end.

import { computed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { Button } from "../parts/buttons";
import { Frame, type ServerState } from "../parts/frame";
import { ErrorLine, Message, Notice } from "../parts/messages";
import { counted, t } from "../texts/texts";
import { End } from "./end";
import { Reading } from "./reading";
import { arrive, byCourse, ended, feedback, lost, quiz, refusal, sending, start, started, step, steps, token, trouble } from "./store";

const server = computed<ServerState | undefined>(() => {
  if (!token.value || refusal.value) return undefined; // nobody is asked any more
  if (lost.value) return { mode: "down", text: t("quiz.down") }; // the page itself says why
  return quiz.value ? { mode: "up", text: t("quiz.up") } : { mode: "connecting", text: t("server.connecting") };
});

export function QuizPage({ framed }: { framed: boolean }) {
  const before = useRef(0);
  useEffect(() => {
    // The button that led here is gone: without this the keys begin at the top of the page again. A question sees to it itself.
    const isQuestion = step.value > 0 && step.value <= steps.value.length;
    if (step.value !== before.current && !isQuestion) document.querySelector<HTMLElement>("main h1")?.focus();
    before.current = step.value;
  }, [step.value]);
  const content = (
    <main class="quiz" id="controls" tabIndex={-1}>
      {quiz.value ? null : <h1 class="unseen">{t("quiz.page")}</h1>}
      <Content framed={framed} />
    </main>
  );
  if (framed) return content;
  return (
    <Frame page={null} pages={[]} {...(server.value ? { server: server.value } : {})}>
      {content}
    </Frame>
  );
}

function Content({ framed }: { framed: boolean }) {
  if (!token.value && !refusal.value) return <Notice title={t("quiz.noLink")} text={t("quiz.noLinkWhy")} />;
  if (refusal.value) return <Notice title={t("quiz.notThere")} text={refusal.value} />;
  if (!quiz.value) return <p class="opening" role="status"><Message text={trouble.value || t("state.loading")} /></p>;
  if (step.value === 0) return <Beginning framed={framed} />;
  return step.value > steps.value.length ? <End /> : <Reading />;
}

// `framed`: by a course, without the page's own footer, which says what the images are.
function Beginning({ framed }: { framed: boolean }) {
  const { value: opened } = quiz;
  return (
    <section class="beginning">
      <h1 tabIndex={-1}>{opened?.title}</h1>
      <p>
        {counted("quiz.cases", opened?.cases.length ?? 0)} {counted("quiz.questions", steps.value.length)}
      </p>
      <p>{t("quiz.how")}</p>
      <p class="note">{t(byCourse.value ? "quiz.byCourse" : "quiz.noName")}</p>
      {framed ? <p class="note">{t("app.notDiagnosis")}</p> : null}
      <div class="row">
        <Button look="primary" onClick={() => void start()} disabled={sending.value || ended.value}>
          {t(started.value && feedback.value.size > 0 ? "quiz.goOn" : "quiz.start")}
        </Button>
        {started.value && feedback.value.size > 0 ? <Button onClick={() => arrive(steps.value.length + 1)}>{t("quiz.toScore")}</Button> : null}
      </div>
      <ErrorLine text={trouble.value} />
    </section>
  );
}
