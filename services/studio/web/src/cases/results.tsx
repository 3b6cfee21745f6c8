// What all takers of a quiz have answered, for who published it.

import { useEffect, useState } from "preact/hooks";

import { CaseSchema, type Case } from "../protos/mammoganesis/v1/cases_pb";
import type { GetQuizResultsResponse, QuestionResults } from "../protos/mammoganesis/v1/quizzes_pb";
import { create } from "@bufbuild/protobuf";
import { Button } from "../parts/buttons";
import { ErrorLine } from "../parts/messages";
import { caseService, quizService } from "../rpc/clients";
import { messageOf } from "../rpc/failures";
import { Bars, GroupLine, rowsOf } from "../teaching/group";
import { Hanging, readingViewFor } from "../teaching/hanging";
import { findingOverlays, placeOverlays } from "../teaching/marks";
import { caseShown } from "../teaching/pictures";
import { answersOf } from "../teaching/truth";
import { kindName } from "../teaching/words";
import { number, t } from "../texts/texts";
import { OVERLAY_COLOURS } from "../viewer/state";
import { kindOf } from "../teaching/truth";
import { stateOf } from "./quizzes";
import { go } from "./store";

const [TRUTH, GROUP] = OVERLAY_COLOURS;

export function ResultsPage({ quizId }: { quizId: string }) {
  const [results, setResults] = useState<GetQuizResultsResponse | null>(null);
  const [failure, setFailure] = useState("");
  const read = () => {
    setFailure("");
    quizService.getQuizResults({ quizId }).then(setResults, (error: unknown) => setFailure(messageOf(error)));
  };
  useEffect(read, [quizId]);
  const { quiz } = results ?? {};
  return (
    <div class="one">
      <header class="row spread">
        <h1>{failure && !quiz ? t("quiz.notThere") : t("results.title", { title: quiz?.title ?? "" })}</h1>
        <div class="row">
          <Button onClick={read}>{t("results.refresh")}</Button>
          <Button onClick={() => go({ at: "quizzes" })}>{t("quizzes.title")}</Button>
        </div>
      </header>
      <ErrorLine text={failure} />
      {results && quiz ? (
        <>
          <p>
            {stateOf(quiz)} · {t("results.finished", { attempts: number(quiz.attempts), finished: number(results.finished) })}
          </p>
          {results.finished > 0 ? <Scores counts={results.scoreCounts} total={results.finished} /> : null}
          <ol class="results">
            {results.questions.map((one) => (
              <QuestionResult key={one.questionId} one={one} source={quiz.sources[caseNumber(one) - 1]} />
            ))}
          </ol>
        </>
      ) : null}
    </div>
  );
}

// From 1: "2.3" is the third question of the second case.
const caseNumber = ({ questionId }: QuestionResults) => Number(questionId.split(".")[0]);

function Scores({ counts, total }: { counts: number[]; total: number }) {
  const rows = counts.map((count, place) => ({ text: t("results.band", { from: 10 * place, to: 10 * (place + 1) }), count, right: false }));
  return (
    <section class="distribution">
      <h2>{t("results.scores")}</h2>
      <Bars name={t("results.scores")} rows={rows} total={total} />
    </section>
  );
}

interface Source {
  caseId: string;
  version: number;
  title: string;
}

function QuestionResult({ one, source }: { one: QuestionResults; source: Source | undefined }) {
  const { question, group, texts } = one;
  if (!question || !group) return null;
  const rows = rowsOf(group, answersOf(question));
  return (
    <li class="result">
      <h2>{question.text}</h2>
      <p class="note">{[t("results.of", { number: caseNumber(one), title: source?.title ?? "" }), kindName(kindOf(question))].join(" · ")}</p>
      <GroupLine group={group} />
      {rows.length > 0 ? <Bars name={question.text} rows={rows} total={group.answers} /> : null}
      {question.kind.case === "mark" && source ? <Places one={one} source={source} findingIds={question.kind.value.findingIds} /> : null}
      {texts.length > 0 ? (
        <details>
          <summary>{t("results.texts")}</summary>
          <ul class="prose">
            {texts.map((text, place) => (
              <li key={place}>{text}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </li>
  );
}

// Marks of the group as points over the pictures of the version that was published.
function Places({ one, source, findingIds }: { one: QuestionResults; source: Source; findingIds: string[] }) {
  const [shown, setShown] = useState<Case | null>(null);
  const [failure, setFailure] = useState("");
  const [view, setView] = useState(readingViewFor([]));
  const { caseId, version } = source;
  const show = () =>
    caseService.getCase({ caseId, version }).then(
      (answer) => {
        const got = answer.case ?? create(CaseSchema);
        setView(readingViewFor(got.images));
        setShown(got);
      },
      (error: unknown) => setFailure(messageOf(error)),
    );
  if (!shown) {
    return (
      <>
        <Button onClick={() => void show()}>{t("results.showPictures")}</Button>
        <ErrorLine text={failure} />
      </>
    );
  }
  const pictures = shown.images.map((_, place) => `${caseNumber(one)}.${place + 1}`);
  const findings = shown.findings.filter(({ findingId }) => findingIds.includes(findingId));
  return (
    <div class="pictures">
      <Hanging
        name={source.title}
        shown={shown.images.map(caseShown)}
        view={view}
        onView={setView}
        overlays={[
          ...findingOverlays(findings, shown.images.map(({ imageId }) => imageId), () => ({ colour: TRUTH, chosen: true })),
          ...placeOverlays("group", t("group.places"), one.group?.places ?? [], pictures, { colour: GROUP }),
        ]}
      />
    </div>
  );
}
