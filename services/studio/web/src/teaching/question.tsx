// A question as a taker answers it, and what is said of the answer.

import { useId } from "preact/hooks";

import type { BiRads, Density } from "../protos/mammoganesis/v1/cases_pb";
import { QuestionKind, type Answer, type Feedback, type QuizQuestion } from "../protos/mammoganesis/v1/quizzes_pb";
import { t } from "../texts/texts";
import { Button } from "../parts/buttons";
import { answerOf, chosen, nowhere, placesOf, withChoiceToggled, withoutPlace } from "./answers";
import { Bars, GroupLine, rowsOf } from "./group";
import { biRadsCategories, densityCategories } from "./words";

interface QuestionProps {
  question: QuizQuestion;
  answer: Answer | null;
  onAnswer: (answer: Answer) => void;
  feedback: Feedback | null; // once it is answered: nothing can be changed any more
  pictureName: (pictureId: string) => string;
}

export function QuestionView(props: QuestionProps) {
  const { question, feedback } = props;
  const id = useId();
  return (
    <fieldset class="question" disabled={feedback !== null} aria-describedby={feedback ? `${id}-why` : undefined}>
      <legend>{question.text}</legend>
      <Answers {...props} />
      {feedback?.explanation ? (
        <p class="explanation" id={`${id}-why`}>
          {feedback.explanation}
        </p>
      ) : null}
      {feedback?.group ? <Group question={question} feedback={feedback} /> : null}
    </fieldset>
  );
}

function Answers(props: QuestionProps) {
  switch (props.question.kind) {
    case QuestionKind.SINGLE_CHOICE:
    case QuestionKind.MULTIPLE_CHOICE:
      return <Choices {...props} />;
    case QuestionKind.BI_RADS:
      return <Categories {...props} categories={biRadsCategories()} right={props.feedback?.biRads} of={(value: BiRads) => answerOf({ case: "biRads", value })} />;
    case QuestionKind.DENSITY:
      return <Categories {...props} categories={densityCategories()} right={props.feedback?.densities} of={(value: Density) => answerOf({ case: "density", value })} />;
    case QuestionKind.MARK:
      return <Places {...props} />;
    default:
      return <Words {...props} />;
  }
}

function Choices({ question, answer, onAnswer, feedback }: QuestionProps) {
  const single = question.kind === QuestionKind.SINGLE_CHOICE;
  const taken = chosen(answer);
  return (
    <ul class="answers">
      {question.choices.map((text, place) => {
        const truth = feedback?.choices[place];
        return (
          <li key={place} class={truth ? (truth.correct ? "right" : "") : ""}>
            <label class="check">
              <input
                type={single ? "radio" : "checkbox"}
                name={question.questionId}
                checked={taken.includes(place)}
                onChange={() => onAnswer(single ? answerOf({ case: "choice", value: place }) : withChoiceToggled(answer, place))}
              />
              <span>
                {text}
                <Truth right={truth?.correct} taken={taken.includes(place)} />
              </span>
            </label>
            {truth?.explanation ? <p class="explanation">{truth.explanation}</p> : null}
          </li>
        );
      })}
    </ul>
  );
}

interface CategoriesProps<Value> extends QuestionProps {
  categories: { value: Value; text: string }[];
  right: Value[] | undefined;
  of: (value: Value) => Answer;
}

function Categories<Value>({ question, answer, onAnswer, feedback, categories, right, of }: CategoriesProps<Value>) {
  return (
    <ul class="answers">
      {categories.map(({ value, text }) => {
        const taken = answer?.kind.value === value;
        const isRight = feedback ? (right?.includes(value) ?? false) : undefined;
        return (
          <li key={text} class={isRight ? "right" : ""}>
            <label class="check">
              <input type="radio" name={question.questionId} checked={taken} onChange={() => onAnswer(of(value))} />
              <span>
                {text}
                <Truth right={isRight} taken={taken} />
              </span>
            </label>
          </li>
        );
      })}
    </ul>
  );
}

// Said in words: colour alone would not do.
function Truth({ right, taken }: { right: boolean | undefined; taken: boolean }) {
  if (right === undefined || (!right && !taken)) return null;
  return <strong class={right ? "done" : "error"}> {t(right ? (taken ? "feedback.takenRight" : "feedback.rightMark") : "feedback.takenWrong")}</strong>;
}

function Places({ answer, onAnswer, feedback, pictureName }: QuestionProps) {
  const places = placesOf(answer);
  const none = answer?.kind.case === "places" && places.length === 0;
  return (
    <>
      {feedback ? null : <p class="note">{t("quiz.markHow")}</p>}
      <ol class="places">
        {places.map((place, at) => {
          const met = feedback?.placesMet[at];
          const name = t("quiz.place", { number: at + 1, picture: pictureName(place.pictureId) });
          return (
            <li key={at} class="row spread">
              <span>
                {name}
                {met === undefined ? null : <strong class={met ? "done" : "error"}> {t(met ? "feedback.met" : "feedback.missed")}</strong>}
              </span>
              {feedback ? null : (
                <Button look="quiet" onClick={() => onAnswer(withoutPlace(answer, at))} label={t("action.removeOne", { name })}>
                  {t("action.remove")}
                </Button>
              )}
            </li>
          );
        })}
      </ol>
      {places.length > 0 ? null : (
        <label class="check">
          <input type="checkbox" checked={none} onChange={() => onAnswer(none ? answerOf({ case: undefined }) : nowhere())} />
          <span>{t("quiz.nothing")}</span>
        </label>
      )}
    </>
  );
}

function Words({ question, answer, onAnswer, feedback }: QuestionProps) {
  const text = answer?.kind.case === "text" ? answer.kind.value : "";
  return (
    <>
      <textarea aria-label={question.text} rows={3} maxLength={4000} value={text} onInput={(event) => onAnswer(answerOf({ case: "text", value: event.currentTarget.value }))} />
      {feedback && feedback.texts.length > 0 ? <p class="done">{t("feedback.accepted", { texts: feedback.texts.join(" · ") })}</p> : null}
    </>
  );
}

function Group({ question, feedback }: { question: QuizQuestion; feedback: Feedback }) {
  const { group } = feedback;
  if (!group) return null;
  const rows = rowsOf(group, labelsOf(question, feedback));
  return (
    <section class="distribution">
      <h2>{t("group.title")}</h2>
      <GroupLine group={group} />
      {rows.length > 0 ? <Bars name={t("group.title")} rows={rows} total={group.answers} /> : null}
    </section>
  );
}

function labelsOf(question: QuizQuestion, feedback: Feedback): { text: string; right: boolean }[] {
  switch (question.kind) {
    case QuestionKind.BI_RADS:
      return biRadsCategories().map(({ value, code }) => ({ text: code, right: feedback.biRads.includes(value) }));
    case QuestionKind.DENSITY:
      return densityCategories().map(({ value, code }) => ({ text: code, right: feedback.densities.includes(value) }));
    default:
      return question.choices.map((text, place) => ({ text, right: feedback.choices[place]?.correct ?? false }));
  }
}
