// The questions of a case, in their order.

import type { Question } from "../protos/mammoganesis/v1/cases_pb";
import { Button } from "../parts/buttons";
import { NumberField, TextField } from "../parts/fields";
import { Ordered } from "../parts/ordered";
import { kindOf, type KindCase } from "../teaching/truth";
import { kindName } from "../teaching/words";
import { t } from "../texts/texts";
import { KindFields, FindingChecks } from "./kindfields";
import { changed, reordered } from "./model";
import { MAX_QUESTIONS, QUESTION_KINDS, withQuestion, withQuestionChange } from "./questions";
import type { TabProps } from "./tab";

export function QuestionsTab({ one, onChange }: TabProps) {
  const add = (kind: KindCase) =>
    onChange(withQuestion(one, kind, { text: t(`questions.default.${kind}`), choices: [t("questions.default.first"), t("questions.default.second")] }));
  return (
    <>
      <section aria-label={t("questions.add")}>
        <h2>{t("questions.add")}</h2>
        <div class="chips">
          {QUESTION_KINDS.map((kind) => (
            <button key={kind} type="button" class="chip" disabled={one.questions.length >= MAX_QUESTIONS} onClick={() => add(kind)}>
              {t(`kind.${KIND_KEYS[kind]}`)}
            </button>
          ))}
        </div>
      </section>
      {one.questions.length === 0 ? <p class="note">{t("questions.none")}</p> : null}
      <Ordered
        name={t("editor.tab.questions")}
        things={one.questions}
        idOf={({ questionId }) => questionId}
        titleOf={titleOf}
        onMove={(from, to) => onChange(changed(one, (copy) => (copy.questions = reordered(copy.questions, from, to))))}
      >
        {(question, place) => <QuestionFields one={one} onChange={onChange} question={question} place={place} />}
      </Ordered>
    </>
  );
}

const KIND_KEYS = { singleChoice: "single", multipleChoice: "multiple", biRads: "biRads", density: "density", mark: "mark", freeText: "text" } as const;

const titleOf = (question: Question, place: number) => t("questions.number", { number: place + 1, kind: kindName(kindOf(question)) });

function QuestionFields({ one, onChange, question, place }: TabProps & { question: Question; place: number }) {
  const { questionId } = question;
  const change = (work: (copy: Question) => void, burst = "") => onChange(withQuestionChange(one, place, work), burst && `${questionId} ${burst}`);
  const marked = question.kind.case === "mark" ? question.kind.value.findingIds : [];
  const others = one.findings.filter(({ findingId }) => !marked.includes(findingId));
  return (
    <section class="question-fields" aria-label={titleOf(question, place)}>
      <div class="row spread">
        <h2>{titleOf(question, place)}</h2>
        <Button look="quiet" label={t("action.removeOne", { name: titleOf(question, place) })} onClick={() => onChange(changed(one, (copy) => void copy.questions.splice(place, 1)))}>
          {t("action.remove")}
        </Button>
      </div>
      <TextField label={t("questions.text")} rows={2} maxLength={2000} value={question.text} onChange={(text) => change((copy) => (copy.text = text), "text")} />
      <KindFields one={one} question={question} onChange={change} />
      <TextField
        label={t("questions.explanation")}
        rows={2}
        maxLength={5000}
        value={question.explanation}
        onChange={(text) => change((copy) => (copy.explanation = text), "explanation")}
      />
      {others.length > 0 ? (
        <FindingChecks legend={t("questions.shows")} findings={others} chosen={question.findingIds} onChange={(ids) => change((copy) => (copy.findingIds = ids))} />
      ) : null}
      <NumberField
        label={t("questions.points")}
        value={question.points ?? 1}
        refusal={(value) => (Number.isInteger(value) && value !== null && value >= 1 && value <= 100 ? "" : t("questions.pointsBad"))}
        onChange={(points) => points !== null && change((copy) => (copy.points = points), "points")}
      />
    </section>
  );
}
