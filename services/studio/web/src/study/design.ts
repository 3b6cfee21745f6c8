// The design of a study as the page changes it, its beginnings, and the document that it is. Pure functions.

import { clone, create, fromJson, toJsonString, type JsonValue } from "@bufbuild/protobuf";

import {
  ForcedChoiceTaskSchema,
  LocationTaskSchema,
  OddOneOutTaskSchema,
  QualityTaskSchema,
  RatingTaskSchema,
  ReadingTaskSchema,
  StudyAllocationSchema,
  StudyAnalysisSchema,
  StudyAwareness,
  StudyDebriefSchema,
  StudyDesignSchema,
  StudyDisplaySchema,
  StudyGenerationSchema,
  StudyPhaseSchema,
  StudyPoolSchema,
  StudyReadersSchema,
  StudyTaskSchema,
  type StudyDesign,
  type StudyPhase,
  type StudyTask,
} from "../protos/mammoganesis/v1/study_design_pb";

export const FORMAT = "mammoganesis-study";
export const MAX_PHASES = 4;
export const MAX_TASKS = 6;

export const KINDS = ["rating", "oddOneOut", "forcedChoice", "location", "quality", "reading"] as const;
export type Kind = (typeof KINDS)[number];

export const kindOf = ({ kind }: StudyTask): Kind => kind.case ?? "rating";

// What is asked in a kind of task, as it opens.
export function asked(kind: Kind): StudyTask["kind"] {
  switch (kind) {
    case "rating":
      return { case: kind, value: create(RatingTaskSchema) };
    case "oddOneOut":
      return { case: kind, value: create(OddOneOutTaskSchema, { images: 6, wrongAnswers: 3 }) };
    case "forcedChoice":
      return { case: kind, value: create(ForcedChoiceTaskSchema, { images: 2 }) };
    case "location":
      return { case: kind, value: create(LocationTaskSchema, { places: 3 }) };
    case "quality":
      return { case: kind, value: create(QualityTaskSchema) };
    case "reading":
      return { case: kind, value: create(ReadingTaskSchema, { biRads: true, density: true }) };
  }
}

export type Named = Record<"title" | "phase" | "unaware" | "informed" | "afterCues" | Kind, string>; // names in the language of who designs

export const PRESETS = ["turing", "phases", "choice", "single"] as const;
export type Preset = (typeof PRESETS)[number];

export function designOf(preset: Preset, named: Named, cues: string[]): StudyDesign {
  const task = (kind: Kind, name = named[kind], more: Partial<Pick<StudyTask, "practice">> = {}) => create(StudyTaskSchema, { name, kind: asked(kind), ...more });
  const phase = (name: string, awareness: StudyAwareness, ...tasks: StudyTask[]) => create(StudyPhaseSchema, { name, awareness, tasks });
  const { UNAWARE, INFORMED, AFTER_CUES } = StudyAwareness;
  const phases: Record<Preset, () => StudyPhase[]> = {
    turing: () => [phase(named.phase, INFORMED, task("rating"), task("oddOneOut"))],
    phases: () => [
      phase(named.unaware, UNAWARE, task("reading")),
      phase(named.informed, INFORMED, task("rating", `${named.rating} (1)`)),
      { ...phase(named.afterCues, AFTER_CUES, task("rating", `${named.rating} (2)`)), cues },
    ],
    choice: () => [phase(named.phase, INFORMED, task("forcedChoice", named.forcedChoice, { practice: 4 }))],
    single: () => [phase(named.phase, INFORMED, task("rating"))],
  };
  return filled(
    create(StudyDesignSchema, {
      format: FORMAT,
      formatVersion: 1,
      title: named.title,
      phases: phases[preset](),
      allocation: { fixedTaskOrder: preset === "turing" },
    }),
  );
}

// With every part, so that each can be changed.
export function filled(design: StudyDesign): StudyDesign {
  return {
    ...design,
    pool: design.pool ?? create(StudyPoolSchema),
    generation: design.generation ?? create(StudyGenerationSchema),
    allocation: design.allocation ?? create(StudyAllocationSchema),
    display: design.display ?? create(StudyDisplaySchema),
    readers: design.readers ?? create(StudyReadersSchema),
    analysis: design.analysis ?? create(StudyAnalysisSchema),
    debrief: design.debrief ?? create(StudyDebriefSchema),
  };
}

export type Filled = { [Key in keyof StudyDesign]-?: Exclude<StudyDesign[Key], undefined> };

export function changed(design: StudyDesign, change: (copy: Filled) => void): StudyDesign {
  const copy = filled(clone(StudyDesignSchema, design));
  change(copy as Filled);
  return copy;
}

// The first of `name`, "name 2", "name 3", ... that is not taken.
export function freeName(name: string, taken: string[]): string {
  for (let number = 1; ; number++) {
    const free = number === 1 ? name : `${name} ${number}`;
    if (!taken.includes(free)) return free;
  }
}

export const taskNames = ({ phases }: StudyDesign) => phases.flatMap(({ tasks }) => tasks.map(({ name }) => name));

// The document as it is kept in files: proto JSON with the names of the .proto files.
export const documentOf = (design: StudyDesign): string => `${toJsonString(StudyDesignSchema, design, { useProtoFieldName: true, prettySpaces: 2 })}\n`;

// Throws, with words for a person, where the text is no such document.
export function designOfDocument(text: string): StudyDesign {
  const value = JSON.parse(text.replace(/^\uFEFF/, "")) as JsonValue;
  return fromJson(StudyDesignSchema, value);
}

// The field that a refusal of the services begins with, such as "phases[0].tasks[1].trials"; "" where it names none.
export function fieldOf(message: string): string {
  const [, field = ""] = /^(?:design\.)?([a-z_]+(?:\[\d+\])?(?:\.[a-z_]+(?:\[[^\]]+\])?)*): /m.exec(message) ?? [];
  return field;
}

const HARDLY_SEEN = ["skin", "air"]; // a masked change of them: services/study/generation.py

// Regions that the server takes where the design names none.
export function usualRegions(names: string[], masked: boolean): string[] {
  const seen = names.filter((name) => !HARDLY_SEEN.includes(name));
  return masked && seen.length > 0 ? seen : names;
}
