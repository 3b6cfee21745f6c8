// What readers go through: phases, each with what they know and what they are asked.

import { StudyPhaseSchema, StudyTaskSchema, type StudyDesign, type StudyPhase } from "../protos/mammoganesis/v1/study_design_pb";
import { create } from "@bufbuild/protobuf";
import { Button } from "../parts/buttons";
import { t } from "../texts/texts";
import { MAX_PHASES, MAX_TASKS, asked, freeName, taskNames } from "./design";
import { Lines, OneOf, Said, Words, Yes } from "./fields";
import { edit, isDraft } from "./store";
import { TaskCard } from "./taskcard";
import { AWARENESSES, awarenessName, awarenessOf } from "./words";

export function PhasesSection({ design }: { design: StudyDesign }) {
  const add = () =>
    edit("", (copy) => {
      const name = freeName(t("phase.name.next"), copy.phases.map((phase) => phase.name));
      const task = create(StudyTaskSchema, { name: freeName(t("task.name.rating"), taskNames(design)), kind: asked("rating") });
      copy.phases.push(create(StudyPhaseSchema, { name, tasks: [task] }));
    });
  return (
    <>
      <Said field="phases" />
      <ol class="phases">
        {design.phases.map((phase, place) => (
          <PhaseCard key={place} design={design} phase={phase} place={place} />
        ))}
      </ol>
      {isDraft.value ? (
        <div class="row">
          <Button disabled={design.phases.length >= MAX_PHASES} onClick={add}>
            {t("phase.add")}
          </Button>
        </div>
      ) : null}
      <Yes field="allocation.fixed_task_order" value={design.allocation?.fixedTaskOrder ?? false} set={(copy, value) => (copy.allocation.fixedTaskOrder = value)}>
        {t("design.fixedTaskOrder")}
      </Yes>
    </>
  );
}

function PhaseCard({ design, phase, place }: { design: StudyDesign; phase: StudyPhase; place: number }) {
  const at = `phases[${place}]`;
  const change = (make: (copy: StudyPhase) => void) => edit("", (copy) => copy.phases[place] && make(copy.phases[place]));
  const add = () => change((copy) => copy.tasks.push(create(StudyTaskSchema, { name: freeName(t("task.name.rating"), taskNames(design)), kind: asked("rating") })));
  const aware = awarenessName(phase.awareness);
  return (
    <li class="phase">
      <div class="row spread">
        <h3>{t("phase.number", { number: place + 1, name: phase.name })}</h3>
        {isDraft.value && design.phases.length > 1 ? (
          <Button look="quiet" label={t("action.removeOne", { name: phase.name })} onClick={() => edit("", (copy) => copy.phases.splice(place, 1))}>
            {t("action.remove")}
          </Button>
        ) : null}
      </div>
      <div class="two">
        <Words field={`${at}.name`} label={t("phase.name")} value={phase.name} max={100} note={t("phase.nameNote")} set={({ phases }, text) => void (phases[place]!.name = text)} />
        <OneOf
          field={`${at}.awareness`}
          label={t("phase.awareness")}
          value={aware}
          options={AWARENESSES.map((value) => ({ value, text: t(`phase.aware.${value}`) }))}
          set={({ phases }, value) => void (phases[place]!.awareness = awarenessOf(value))}
        />
      </div>
      <Words
        field={`${at}.introduction`}
        label={t("phase.introduction")}
        value={phase.introduction}
        max={5000}
        rows={3}
        set={({ phases }, text) => void (phases[place]!.introduction = text)}
      />
      {aware === "afterCues" ? (
        <Lines field={`${at}.cues`} label={t("phase.cues")} value={phase.cues} note={t("phase.cuesNote")} set={({ phases }, lines) => void (phases[place]!.cues = lines)} />
      ) : null}
      {place > 0 ? (
        <Yes field={`${at}.other_images`} value={phase.otherImages} set={({ phases }, value) => void (phases[place]!.otherImages = value)}>
          {t("phase.otherImages")}
        </Yes>
      ) : null}
      <Said field={`${at}.tasks`} />
      <ol class="tasks">
        {phase.tasks.map((task, number) => (
          <TaskCard key={number} task={task} phase={place} place={number} only={phase.tasks.length === 1} />
        ))}
      </ol>
      {isDraft.value ? (
        <div class="row">
          <Button disabled={phase.tasks.length >= MAX_TASKS} label={t("task.addTo", { name: phase.name })} onClick={add}>
            {t("task.add")}
          </Button>
        </div>
      ) : null}
    </li>
  );
}
