// One task of a phase: what is asked, how often, with how much practice.

import type { StudyTask } from "../protos/mammoganesis/v1/study_design_pb";
import { Button } from "../parts/buttons";
import { t } from "../texts/texts";
import { KINDS, asked, kindOf, type Filled, type Kind } from "./design";
import { Amount, Lines, OneOf, Words, Yes } from "./fields";
import { edit, isDraft } from "./store";
import { kindWord, taskWord } from "./words";

interface TaskCardProps {
  task: StudyTask;
  phase: number;
  place: number; // in its phase
  only: boolean;
}

export function TaskCard({ task, phase, place, only }: TaskCardProps) {
  const at = `phases[${phase}].tasks[${place}]`;
  const of = ({ phases }: Filled) => phases[phase]!.tasks[place]!;
  const kind = kindOf(task);
  const number = { task, of, at };
  return (
    <li class="task">
      <div class="row spread">
        <h4>{taskWord(task)}</h4>
        {isDraft.value && !only ? (
          <Button look="quiet" label={t("action.removeOne", { name: task.name })} onClick={() => edit("", (copy) => copy.phases[phase]!.tasks.splice(place, 1))}>
            {t("action.remove")}
          </Button>
        ) : null}
      </div>
      <p class="note">{t(`task.how.${kind}`)}</p>
      <div class="two">
        <OneOf<Kind>
          field={at}
          label={t("task.kind")}
          value={kind}
          options={KINDS.map((value) => ({ value, text: kindWord(value) }))}
          set={(copy, value) => void (of(copy).kind = asked(value))}
        />
        <Words field={`${at}.name`} label={t("task.name")} value={task.name} max={100} set={(copy, text) => void (of(copy).name = text)} />
      </div>
      <div class="three">
        <Amount field={`${at}.trials`} label={t("task.trials")} value={task.trials || undefined} low={1} high={2000} help={t("task.trialsHelp")} set={(copy, value) => void (of(copy).trials = value ?? 0)} />
        <Amount field={`${at}.practice`} label={t("task.practice")} value={task.practice} low={0} high={20} help={t("task.practiceHelp")} set={(copy, value) => void (of(copy).practice = value ?? 0)} />
        {kind === "oddOneOut" ? null : (
          <Amount
            field={`${at}.repeated_trials`}
            label={t("task.repeated")}
            value={task.repeatedTrials}
            low={0}
            high={2000}
            help={t("task.repeatedHelp")}
            set={(copy, value) => void (of(copy).repeatedTrials = value ?? 0)}
          />
        )}
      </div>
      <KindFields {...number} />
      <Words field={`${at}.instructions`} label={t("task.instructions")} value={task.instructions} max={5000} rows={3} set={(copy, text) => void (of(copy).instructions = text)} />
    </li>
  );
}

function KindFields({ task, of, at }: { task: StudyTask; of: (copy: Filled) => StudyTask; at: string }) {
  const { kind } = task;
  switch (kind.case) {
    case "rating":
      return (
        <Yes field={`${at}.rating.binary_asked`} value={kind.value.binaryAsked} set={(copy, value) => change(of(copy), "rating", (one) => (one.binaryAsked = value))}>
          {t("task.binaryAsked")}
        </Yes>
      );
    case "oddOneOut":
      return (
        <div class="three">
          <Amount field={`${at}.odd_one_out.images`} label={t("task.imagesAtOnce")} value={kind.value.images} low={2} high={12} set={(copy, value) => change(of(copy), "oddOneOut", (one) => (one.images = value ?? 6))} />
          <Amount field={`${at}.odd_one_out.wrong_answers`} label={t("task.wrongAnswers")} value={kind.value.wrongAnswers} low={1} high={10} set={(copy, value) => change(of(copy), "oddOneOut", (one) => (one.wrongAnswers = value ?? 3))} />
        </div>
      );
    case "forcedChoice":
      return (
        <OneOf
          field={`${at}.forced_choice.images`}
          label={t("task.imagesAtOnce")}
          value={String(kind.value.images)}
          options={["2", "4", "6", "8"].map((value) => ({ value, text: value }))}
          set={(copy, value) => change(of(copy), "forcedChoice", (one) => (one.images = Number(value)))}
        />
      );
    case "location":
      return (
        <div class="three">
          <Amount field={`${at}.location.places`} label={t("task.places")} value={kind.value.places} low={1} high={10} set={(copy, value) => change(of(copy), "location", (one) => (one.places = value ?? 3))} />
          <Amount
            field={`${at}.location.tolerance`}
            label={t("task.tolerance")}
            value={kind.value.tolerance}
            low={0}
            high={0.25}
            whole={false}
            help={t("task.toleranceHelp")}
            set={(copy, value) =>
              change(of(copy), "location", (one) => {
                if (value === undefined) delete one.tolerance;
                else one.tolerance = value;
              })
            }
          />
        </div>
      );
    case "quality":
      return <Lines field={`${at}.quality.anchors`} label={t("task.anchors")} value={kind.value.anchors} note={t("task.anchorsNote")} set={(copy, lines) => change(of(copy), "quality", (one) => (one.anchors = lines))} />;
    case "reading":
      return (
        <div class="row">
          <Yes field={`${at}.reading.bi_rads`} value={kind.value.biRads} set={(copy, value) => change(of(copy), "reading", (one) => (one.biRads = value))}>
            {t("task.biRads")}
          </Yes>
          <Yes field={`${at}.reading.density`} value={kind.value.density} set={(copy, value) => change(of(copy), "reading", (one) => (one.density = value))}>
            {t("task.density")}
          </Yes>
        </div>
      );
    default:
      return null;
  }
}

type Value<Name extends Kind> = Extract<StudyTask["kind"], { case: Name }>["value"];

function change<Name extends Kind>({ kind }: StudyTask, name: Name, make: (value: Value<Name>) => void): void {
  if (kind.case === name) make(kind.value as Value<Name>);
}
