// A case to be read: its pictures, its words, its questions, with the answers or without.

import { useState } from "preact/hooks";

import type { Case } from "../protos/mammoganesis/v1/cases_pb";
import type { Answer } from "../protos/mammoganesis/v1/quizzes_pb";
import { QuestionKind } from "../protos/mammoganesis/v1/quizzes_pb";
import { Check } from "../parts/fields";
import { t } from "../texts/texts";
import { OVERLAY_COLOURS } from "../viewer/state";
import type { ViewState } from "../viewer/types";
import { placesOf, withPlace } from "./answers";
import { Hanging, readingViewFor } from "./hanging";
import { findingOverlays, placeOverlays } from "./marks";
import { caseShown } from "./pictures";
import { QuestionView } from "./question";
import { asked, kindOf, truthOf } from "./truth";
import { imageName } from "./words";

const [TRUTH, MINE] = OVERLAY_COLOURS;

interface CaseReadingProps {
  one: Case;
  answered: boolean; // whether the answers are shown at first
}

export function CaseReading({ one, answered }: CaseReadingProps) {
  const [open, setOpen] = useState(answered);
  const isAsked = one.questions.some((question) => kindOf(question) === QuestionKind.MARK);
  const [view, setView] = useState<ViewState>({ ...readingViewFor(one.images), ...(isAsked && !answered ? { tool: "point" } : {}) });
  const [answers, setAnswers] = useState<ReadonlyMap<string, Answer>>(new Map());
  const ids = one.images.map(({ imageId }) => imageId);
  const toMark = open ? undefined : one.questions.find((question) => kindOf(question) === QuestionKind.MARK);
  const write = (questionId: string, answer: Answer) => setAnswers(new Map(answers).set(questionId, answer));
  const pictureName = (imageId: string) => {
    const image = one.images.find((other) => other.imageId === imageId);
    return image ? imageName(image, ids.indexOf(imageId)) : "";
  };
  const places = [...answers.values()].flatMap(placesOf);
  return (
    <div class="reading">
      <section class="pictures" aria-label={t("quiz.pictures")}>
        <Hanging
          name={one.title}
          shown={one.images.map(caseShown)}
          view={view}
          onView={setView}
          overlays={[...(open ? findingOverlays(one.findings, ids, () => ({ colour: TRUTH, chosen: true })) : []), ...placeOverlays("mine", t("quiz.mine"), places, ids, { colour: MINE })]}
          drawing={
            toMark
              ? {
                  marks: ["point"],
                  onMark: (slot, mark) => mark.kind === "point" && write(toMark.questionId, withPlace(answers.get(toMark.questionId) ?? null, ids[slot] ?? "", mark.at)),
                }
              : undefined
          }
        />
      </section>
      <section class="asked">
        <h1>{open ? one.title : t("share.page")}</h1>
        <Check checked={open} onChange={setOpen}>
          {t("share.answers")}
        </Check>
        {one.history ? (
          <div class="history">
            <h2>{t("case.history")}</h2>
            <p class="prose">{one.history}</p>
          </div>
        ) : null}
        {one.questions.map((question) => (
          <QuestionView
            key={question.questionId}
            question={asked(question)}
            answer={answers.get(question.questionId) ?? null}
            onAnswer={(answer) => write(question.questionId, answer)}
            feedback={open ? truthOf(question) : null}
            pictureName={pictureName}
          />
        ))}
        {open ? <Known one={one} /> : null}
      </section>
    </div>
  );
}

function Known({ one }: { one: Case }) {
  return (
    <>
      {one.findings.length > 0 ? (
        <section class="notes">
          <h2>{t("case.findings")}</h2>
          <ul>
            {one.findings.map(({ findingId, name, description }) => (
              <li key={findingId}>
                <strong>{name}</strong>
                {description ? <p class="prose">{description}</p> : null}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {one.teachingNotes ? (
        <section class="notes">
          <h2>{t("case.notes")}</h2>
          <p class="prose">{one.teachingNotes}</p>
        </section>
      ) : null}
    </>
  );
}
