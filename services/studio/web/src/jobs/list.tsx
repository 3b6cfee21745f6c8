// All jobs, the newest first.

import { useEffect } from "preact/hooks";

import { refreshed } from "../parts/acts";
import { Button } from "../parts/buttons";
import { useList } from "../parts/lists";
import { ErrorLine } from "../parts/messages";
import { when } from "../parts/when";
import type { Job } from "../protos/mammoganesis/v1/bulk_service_pb";
import { bulkService } from "../rpc/clients";
import { counted, t } from "../texts/texts";
import { Progress } from "./progress";
import { NEW, go, limits } from "./store";
import { isActive, stateName, stateWord, titleOf } from "./words";

const LOOK_SECONDS = 3;

export function JobList() {
  const list = useList<Job>("", async (pageToken, signal) => {
    const answer = await bulkService.listJobs({ pageToken }, { signal });
    limits.value = answer.limits ?? null;
    return { things: answer.jobs, next: answer.nextPageToken };
  });
  const isMoving = list.things?.some(isActive) ?? false;
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(() => {
      if (!document.hidden) refreshed.value += 1;
    }, 1000 * LOOK_SECONDS);
    return () => clearInterval(timer);
  }, [isMoving]);
  const nobodyWorks = limits.value !== null && !limits.value.runnerIsThere;
  return (
    <div class="one wide">
      <header class="row spread">
        <h1>{t("jobs.title")}</h1>
        <Button look="primary" onClick={() => go(NEW)}>
          {t("jobs.new")}
        </Button>
      </header>
      <p class="note">{t("jobs.about")}</p>
      <p class="trouble" role="status">
        {nobodyWorks ? t("jobs.nobody") : ""}
      </p>
      <section class="list" aria-labelledby="all-jobs">
        <h2 id="all-jobs">{t("jobs.all")}</h2>
        <ErrorLine text={list.failure ? t("jobs.unavailable", { message: list.failure }) : ""} />
        {list.things === null && !list.failure ? <p role="status">{t("state.loading")}</p> : null}
        {list.things?.length === 0 ? <p class="note">{t("jobs.none")}</p> : null}
        <ul class="cards">
          {list.things?.map((job) => (
            <JobCard key={job.jobId} job={job} />
          ))}
        </ul>
        {list.more ? <Button onClick={list.more}>{t("action.more")}</Button> : null}
      </section>
    </div>
  );
}

function JobCard({ job }: { job: Job }) {
  const { jobId, state, images, createdAt, destination } = job;
  const title = titleOf(job);
  return (
    <li class="card">
      <div class="about">
        <h3>
          <span class={`chip-state ${stateName(state)}`}>{stateWord(state)}</span> {title}
        </h3>
        <p class="note">{[counted("jobs.images", images), t("jobs.createdAt", { when: when(createdAt) })].join(" · ")}</p>
        <p class="note address">{destination}</p>
        <Progress job={job} />
      </div>
      <Button label={t("jobs.openOne", { title })} onClick={() => go({ at: "job", jobId })}>
        {t("action.open")}
      </Button>
    </li>
  );
}
