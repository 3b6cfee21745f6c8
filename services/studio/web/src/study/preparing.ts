// Preparing a study: its synthetic images are made, its pictures written and compared.

import { signal } from "@preact/signals";

import { StudyPreparation } from "../protos/mammoganesis/v1/studies_pb";
import { messageOf } from "../rpc/failures";
import { Told } from "../rpc/studio";
import { readerStudyService } from "../rpc/clients";
import { draft } from "./store";

export const STEPS = ["generating", "writing", "comparing"] as const;
export type Step = (typeof STEPS)[number];

const DOING: Partial<Record<StudyPreparation, Step>> = {
  [StudyPreparation.GENERATING]: "generating",
  [StudyPreparation.WRITING]: "writing",
  [StudyPreparation.COMPARING]: "comparing",
};

export interface Doing {
  studyId: string;
  step: Step;
  done: number;
  total: number;
}

export const doing = signal<Doing | null>(null); // null: nothing is being prepared by this page
export const preparingFailure = signal("");

// What is done is kept: a call that is made again goes on where the last one was.
export async function prepare(studyId: string): Promise<void> {
  preparingFailure.value = "";
  doing.value = { studyId, step: "generating", done: 0, total: 0 };
  try {
    if (!(await draft.save())) throw new Told(draft.failure.value);
    for await (const answer of readerStudyService.prepareStudy({ studyId })) {
      const step = DOING[answer.doing];
      if (step) doing.value = { studyId, step, done: answer.done, total: answer.total };
    }
  } catch (error) {
    preparingFailure.value = messageOf(error);
  }
  doing.value = null;
  await draft.look().catch(() => undefined);
}
