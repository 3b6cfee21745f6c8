// How far a job is: a bar and words, and what it waits for.

import type { Job } from "../protos/mammoganesis/v1/bulk_service_pb";
import { JobState } from "../protos/mammoganesis/v1/bulk_service_pb";
import { t } from "../texts/texts";
import { paceText, titleOf, troubleText } from "./words";

export function Progress({ job }: { job: Job }) {
  const { images, done, trouble, reason, state } = job;
  return (
    <div class="job-progress">
      {state === JobState.QUEUED ? null : <progress max={images} value={done} aria-label={t("jobs.progressOf", { title: titleOf(job) })} />}
      <p class="note pace">{paceText(job)}</p>
      {trouble ? <p class="trouble">{troubleText(job)}</p> : null}
      {reason ? <p class="error">{t("jobs.reason", { text: reason })}</p> : null}
    </div>
  );
}
