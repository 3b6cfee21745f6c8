// How far a job is: a bar and words, and what it waits for.

import type { Timestamp } from "@bufbuild/protobuf/wkt";

import { JobState, type Job, type JobReason } from "../protos/mammoganesis/v1/bulk_service_pb";
import { t } from "../texts/texts";
import { paceText, titleOf, whyText } from "./words";

export function Progress({ job }: { job: Job }) {
  const { images, done, trouble, codedTrouble, waitsUntil, reason, codedReason, state } = job;
  return (
    <div class="job-progress">
      {state === JobState.QUEUED ? null : <progress max={images} value={done} aria-label={t("jobs.progressOf", { title: titleOf(job) })} />}
      <p class="note pace">{paceText(job)}</p>
      {trouble ? (
        <p class="trouble">
          {t("jobs.waits")} <Why reason={codedTrouble} text={trouble} waitsUntil={waitsUntil} />
        </p>
      ) : null}
      {reason ? (
        <p class="error">
          {t("jobs.failed")} <Why reason={codedReason} text={reason} />
        </p>
      ) : null}
    </div>
  );
}

// A reason in the language of the page where it has words for it, otherwise the English of the services.
export function Why({ reason, text, waitsUntil }: { reason: JobReason | undefined; text: string; waitsUntil?: Timestamp | undefined }) {
  const why = whyText(reason, waitsUntil);
  if (why) return <>{why}</>;
  return (
    <>
      {t("jobs.said")} <span lang="en">{text}</span>
    </>
  );
}
