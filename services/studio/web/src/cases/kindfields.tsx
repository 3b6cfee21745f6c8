// What a question of each kind holds: its answers, and which of them are right.

import type { Case, ChoiceQuestion, Finding, FreeTextQuestion, MarkQuestion, Question } from "../protos/mammoganesis/v1/cases_pb";
import { ChoiceSchema } from "../protos/mammoganesis/v1/cases_pb";
import { create } from "@bufbuild/protobuf";
import { Button, Help } from "../parts/buttons";
import { Check, TextField } from "../parts/fields";
import { Slider } from "../parts/slider";
import { biRadsCategories, densityCategories, type Category } from "../teaching/words";
import { percent, t } from "../texts/texts";
import { MAX_CHOICES, MIN_CHOICES, setCorrect, toggled } from "./questions";

interface KindProps {
  one: Case;
  question: Question;
  onChange: (work: (copy: Question) => void, burst?: string) => void;
}

export function KindFields({ one, question, onChange }: KindProps) {
  const { kind } = question;
  switch (kind.case) {
    case "singleChoice":
    case "multipleChoice":
      return <Choices id={question.questionId} value={kind.value} single={kind.case === "singleChoice"} onChange={(work, burst) => onChange((copy) => copy.kind.case === kind.case && work(copy.kind.value as ChoiceQuestion), burst)} />;
    case "biRads":
      return <Accepted categories={biRadsCategories()} accepted={kind.value.accepted} onChange={(values) => onChange((copy) => copy.kind.case === "biRads" && (copy.kind.value.accepted = values))} />;
    case "density":
      return <Accepted categories={densityCategories()} accepted={kind.value.accepted} onChange={(values) => onChange((copy) => copy.kind.case === "density" && (copy.kind.value.accepted = values))} />;
    case "mark":
      return <ToMark one={one} value={kind.value} onChange={(work, burst) => onChange((copy) => copy.kind.case === "mark" && work(copy.kind.value), burst)} />;
    case "freeText":
      return <Texts value={kind.value} onChange={(accepted) => onChange((copy) => copy.kind.case === "freeText" && (copy.kind.value.accepted = accepted), "accepted")} />;
    default:
      return null;
  }
}

interface ChoicesProps {
  id: string;
  value: ChoiceQuestion;
  single: boolean;
  onChange: (work: (copy: ChoiceQuestion) => void, burst?: string) => void;
}

function Choices({ id, value, single, onChange }: ChoicesProps) {
  return (
    <fieldset>
      <legend>{t(single ? "questions.choices" : "questions.choicesMany")}</legend>
      <ol class="choices">
        {value.choices.map((choice, place) => {
          const number = place + 1;
          const set = (work: (one: typeof choice) => void, burst: string) => onChange((copy) => copy.choices[place] && work(copy.choices[place]), `${burst} ${place}`);
          return (
            <li key={place}>
              <input
                type={single ? "radio" : "checkbox"}
                name={id}
                aria-label={t("questions.correct", { number })}
                checked={choice.correct}
                onChange={(event) => {
                  const { checked } = event.currentTarget;
                  onChange((copy) => setCorrect(copy, place, checked, single));
                }}
              />
              <div class="fields">
                <input type="text" aria-label={t("questions.choice", { number })} maxLength={500} value={choice.text} onInput={(event) => {
                  const text = event.currentTarget.value;
                  set((one) => (one.text = text), "text");
                }} />
                <input type="text" aria-label={t("questions.choiceWhyOne", { number })} placeholder={t("questions.choiceWhy")} maxLength={2000} value={choice.explanation} onInput={(event) => {
                  const text = event.currentTarget.value;
                  set((one) => (one.explanation = text), "why");
                }} />
              </div>
              <button type="button" class="icon" disabled={value.choices.length <= MIN_CHOICES} aria-label={t("questions.removeChoice", { number })} onClick={() => onChange((copy) => copy.choices.splice(place, 1))}>
                {"\u00d7"}
              </button>
            </li>
          );
        })}
      </ol>
      <div class="row">
        <Button disabled={value.choices.length >= MAX_CHOICES} onClick={() => onChange((copy) => copy.choices.push(create(ChoiceSchema)))}>
          {t("questions.addChoice")}
        </Button>
      </div>
    </fieldset>
  );
}

interface AcceptedProps<Value> {
  categories: Category<Value>[];
  accepted: Value[];
  onChange: (accepted: Value[]) => void;
}

function Accepted<Value>({ categories, accepted, onChange }: AcceptedProps<Value>) {
  const all = categories.map(({ value }) => value);
  return (
    <fieldset class="accepted">
      <legend>{t("questions.accepted")}</legend>
      {categories.map(({ value, text, code }) => (
        <Check key={code} checked={accepted.includes(value)} onChange={() => onChange(toggled(accepted, value, all))}>
          {text}
        </Check>
      ))}
    </fieldset>
  );
}

const TOLERANCE = { least: 0, most: 0.25, step: 0.01, first: 0.03 }; // shares of the picture's width

function ToMark({ one, value, onChange }: { one: Case; value: MarkQuestion; onChange: (work: (copy: MarkQuestion) => void, burst?: string) => void }) {
  const tolerance = value.tolerance ?? TOLERANCE.first;
  const set = (next: number) => onChange((copy) => (copy.tolerance = next), "tolerance");
  return (
    <>
      {one.findings.length > 0 ? (
        <FindingChecks legend={t("questions.toMark")} findings={one.findings} chosen={value.findingIds} onChange={(ids) => onChange((copy) => (copy.findingIds = ids))} />
      ) : null}
      {value.findingIds.length === 0 ? <p class="note">{t("questions.nothingToMark")}</p> : null}
      <Slider
        label={t("questions.tolerance")}
        value={tolerance}
        range={{ from: TOLERANCE.least, to: TOLERANCE.most }}
        step={TOLERANCE.step}
        rest={TOLERANCE.first}
        text={t("questions.toleranceValue", { share: percent(tolerance) })}
        onMove={set}
        onSettle={set}
      />
    </>
  );
}

interface FindingChecksProps {
  legend: string;
  findings: Finding[];
  chosen: string[];
  onChange: (ids: string[]) => void;
}

export function FindingChecks({ legend, findings, chosen, onChange }: FindingChecksProps) {
  const all = findings.map(({ findingId }) => findingId);
  return (
    <fieldset class="accepted">
      <legend>{legend}</legend>
      {findings.map(({ findingId, name }) => (
        <Check key={findingId} checked={chosen.includes(findingId)} onChange={() => onChange(toggled(chosen, findingId, all))}>
          {name}
        </Check>
      ))}
    </fieldset>
  );
}

const MAX_TEXTS = 20;

// Lines stay as they are typed; empty ones are no answers.
function Texts({ value, onChange }: { value: FreeTextQuestion; onChange: (accepted: string[]) => void }) {
  return (
    <>
      <TextField label={t("questions.texts")} rows={3} value={value.accepted.join("\n")} onChange={(text) => onChange(text ? text.split("\n").slice(0, MAX_TEXTS) : [])} />
      <Help name={t("questions.texts")}>{t("questions.textsHelp")}</Help>
    </>
  );
}
