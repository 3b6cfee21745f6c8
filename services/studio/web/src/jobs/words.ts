// The page's words for what the services say in numbers.

import type { Timestamp } from "@bufbuild/protobuf/wkt";

import { JobState, type Job, type JobReason } from "../protos/mammoganesis/v1/bulk_service_pb";
import { when } from "../parts/when";
import { known, number, t } from "../texts/texts";

const STATES = {
  [JobState.UNSPECIFIED]: "queued",
  [JobState.QUEUED]: "queued",
  [JobState.RUNNING]: "running",
  [JobState.CANCELLING]: "cancelling",
  [JobState.CANCELLED]: "cancelled",
  [JobState.DONE]: "done",
  [JobState.FAILED]: "failed",
} as const;

export const stateName = (state: JobState) => STATES[state] ?? "queued";
export const stateWord = (state: JobState) => t(`jobs.state.${stateName(state)}`);

export const isActive = ({ state }: Job) => [JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING].includes(state);
export const isCancellable = ({ state }: Job) => state === JobState.QUEUED || state === JobState.RUNNING;
export const canGoOn = ({ state }: Job) => state === JobState.CANCELLED || state === JobState.FAILED;

export const titleOf = ({ title, jobId }: Job) => title || t("jobs.untitled", { id: jobId.slice(4, 12) });

// How long something takes, in the two largest units.
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const units: [number, "jobs.days" | "jobs.hours" | "jobs.minutes" | "jobs.seconds"][] = [
    [86_400, "jobs.days"],
    [3_600, "jobs.hours"],
    [60, "jobs.minutes"],
    [1, "jobs.seconds"],
  ];
  const largest = units.findIndex(([size]) => whole >= size);
  const [size, word] = units[largest]!;
  const next = units[largest + 1];
  const first = t(word, { count: number(Math.floor(whole / size)) });
  const rest = next ? Math.floor((whole % size) / next[0]) : 0;
  return next && rest > 0 ? `${first} ${t(next[1], { count: number(rest) })}` : first;
}

// How far a job is, in words.
export function paceText(job: Job): string {
  const { images, done, imagesPerSecond, secondsLeft, before, state } = job;
  if (state === JobState.QUEUED) return before > 0 ? t("jobs.before", { count: number(before) }) : t("jobs.next");
  const parts = [t("jobs.doneOf", { done: number(done), images: number(images) })];
  if (imagesPerSecond > 0) parts.push(t("jobs.pace", { rate: number(imagesPerSecond, imagesPerSecond < 10 ? 1 : 0) }));
  if (secondsLeft !== undefined) parts.push(t("jobs.left", { time: duration(secondsLeft) }));
  return parts.join(" · ");
}

// A reason of the services in a sentence of the page; "" where it has none: an old one, or one of a newer server.
export function whyText(reason: JobReason | undefined, waitsUntil?: Timestamp): string {
  return reason ? known(`jobs.why.${reason.code}`, "", { ...reason.values, ...(waitsUntil ? { time: when(waitsUntil) } : {}) }) : "";
}
