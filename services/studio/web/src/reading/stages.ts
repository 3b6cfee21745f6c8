// What a reader's page shows, out of all that decides it. Pure.

import { ReadingStage, type OpenReadingResponse, type Trial } from "../protos/mammoganesis/v1/studies_pb";
import { isMeasured, isRefusedPhone, isTooSmall, type Device, type Measured } from "./screen";

export type Stage =
  | "noLink"
  | "refused"
  | "opening"
  | "waiting" // the study is not open yet
  | "phone" // may not be used
  | "small" // the window is
  | "consent"
  | "person"
  | "measuring" // card and distance
  | "feedback" // of practice
  | "told" // what is said before a phase or a task
  | "practised" // practice is over
  | "trial"
  | "sending" // what comes next is not known before an answer is there
  | "finished"
  | "closed";

export interface Situation {
  readonly token: string;
  readonly refusal: string;
  readonly reading: OpenReadingResponse | null;
  readonly device: Device;
  readonly measured: Measured | null;
  readonly consented: boolean; // in this page, before it is sent
  readonly person: boolean; // likewise: who they are has been said
  readonly feedback: boolean;
  readonly trial: Trial | null; // that is next
  readonly unsent: number; // answers
  readonly told: ReadonlySet<string>; // trials whose introduction was read
  readonly practising: boolean; // the trial before was practice
}

export function stageOf(now: Situation): Stage {
  const { reading, device, trial } = now;
  if (!now.token) return "noLink";
  if (now.refusal) return "refused";
  if (!reading) return "opening";
  if (reading.stage === ReadingStage.WAITING) return "waiting";
  if (reading.stage === ReadingStage.CLOSED) return "closed";
  if (reading.stage === ReadingStage.FINISHED) return now.unsent > 0 ? "sending" : "finished";
  if (isRefusedPhone(device, reading.display)) return "phone";
  if (isTooSmall(device, reading.display)) return "small";
  if (reading.stage === ReadingStage.CONSENT && !now.consented) return "consent";
  if (reading.stage === ReadingStage.CONSENT && !now.person) return "person";
  if (!isMeasured(reading.display, now.measured)) return "measuring";
  if (reading.stage === ReadingStage.CONSENT) return "person"; // it is being sent
  if (now.feedback) return "feedback";
  if (!trial) return "sending";
  if (isTelling(trial) && !now.told.has(trial.trialId)) return "told";
  return now.practising && !trial.practice ? "practised" : "trial";
}

export const isTelling = ({ introduction, cues, instructions }: Trial) => introduction !== "" || cues.length > 0 || instructions !== "";

// Whether what follows a trial is only known when its answer is there: feedback, or the end of the task.
export const isAlone = ({ practice, asked }: Trial) => practice || asked.case === "oddOneOut";
