// What the tests of a reading stand before: the services as far as one reader goes.

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";

import {
  OpenReadingResponseSchema,
  ReadingStage,
  RecordAnswerResponseSchema,
  TrialSchema,
  type OpenReadingResponse,
  type RecordAnswerRequest,
  type Trial,
} from "../protos/mammoganesis/v1/studies_pb";
import type { StudyDisplaySchema } from "../protos/mammoganesis/v1/study_design_pb";

// A list of trials; answers are written down once.
export class Services {
  answers = new Map<string, RecordAnswerRequest>(); // by answer_id
  log: string[] = []; // trials, in the order in which their answers came
  faults: unknown[] = []; // of the next calls that record an answer; "late": it is written down, and the answer is lost
  display: MessageInitShape<typeof StudyDisplaySchema> = { smallestWidth: 1 };
  constructor(readonly trials: Trial[]) {}

  openReading = async (): Promise<OpenReadingResponse> => {
    const done = new Set([...this.answers.values()].map(({ trialId }) => trialId));
    const open = this.trials.filter(({ trialId }) => !done.has(trialId));
    const stage = open.length > 0 ? ReadingStage.TRIALS : ReadingStage.FINISHED;
    return create(OpenReadingResponseSchema, { stage, display: this.display, answeredTrials: this.#answered(), trials: open.slice(0, 8), answered: done.size, total: this.trials.length });
  };

  #answered = () =>
    [...new Map([...this.answers.values()].map((request) => [request.trialId, request])).values()].map(({ trialId, answer }) => ({
      trial: this.trials.find((one) => one.trialId === trialId)!,
      ...(answer ? { answer } : {}),
    }));

  recordAnswer = async (request: RecordAnswerRequest) => {
    const fault = this.faults.shift();
    if (fault !== undefined && fault !== "late") throw fault;
    if (!this.answers.has(request.answerId)) this.log.push(request.trialId);
    this.answers.set(request.answerId, request);
    if (fault === "late") throw new ConnectError("reset", Code.Unavailable);
    const practice = this.trials.find(({ trialId }) => trialId === request.trialId)?.practice;
    return create(RecordAnswerResponseSchema, { reading: await this.openReading(), ...(practice ? { right: true, generated: [true] } : {}) });
  };
}

export const trialOf = (number: number, init: MessageInitShape<typeof TrialSchema> = {}) => create(TrialSchema, { trialId: `1.1.${number}`, number, asked: { case: "rating", value: {} }, ...init });
export const rated = (count: number) => Array.from({ length: count }, (_, at) => trialOf(at + 1));
export const LOST = () => new ConnectError("nobody there", Code.Unavailable);

