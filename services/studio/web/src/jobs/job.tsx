// One job: how far it is, what it makes and where, what happened to it.

import { toJsonString } from "@bufbuild/protobuf";
import { useState } from "preact/hooks";

import { act, refreshed } from "../parts/acts";
import { Button } from "../parts/buttons";
import { Dialog } from "../parts/dialog";
import { ErrorLine, Unopened } from "../parts/messages";
import { save } from "../parts/save";
import { when } from "../parts/when";
import { BulkJobSchema, type BulkJob } from "../protos/mammoganesis/v1/bulk_pb";
import type { JobEvent } from "../protos/mammoganesis/v1/bulk_service_pb";
import { bulkService } from "../rpc/clients";
import { number, t } from "../texts/texts";
import { summary } from "./document";
import { Progress, Why } from "./progress";
import { start } from "./starting";
import { HOME, go } from "./store";
import { useJob } from "./watching";
import { canGoOn, isCancellable, stateName, stateWord, titleOf } from "./words";

export function JobPage({ jobId }: { jobId: string }) {
  const { job, whole, failure } = useJob(jobId, refreshed.value);
  const [asking, setAsking] = useState(false);
  const cancel = async () => {
    setAsking(false);
    await act(() => bulkService.cancelJob({ jobId }), { text: t("jobs.cancelled") });
  };
  if (job === null) return <Unopened heading={t("jobs.title")} failure={failure} back={t("jobs.back")} onBack={() => go(HOME)} />;
  return (
    <div class="one wide job">
      <p>
        <Button look="quiet" onClick={() => go(HOME)}>
          ‹ {t("jobs.back")}
        </Button>
      </p>
      <ErrorLine text={failure} />
      <header class="job-head">
        <h1>{titleOf(job)}</h1>
        <p role="status">
          <span class={`chip-state ${stateName(job.state)}`}>{stateWord(job.state)}</span>
        </p>
      </header>
      <Progress job={job} />
      <dl class="facts">
        <dt>{t("jobs.destination")}</dt>
        <dd class="address">{job.destination}</dd>
        <dt>{t("jobs.asked")}</dt>
        <dd>{when(job.createdAt)}</dd>
        {whole?.document ? summary(whole.document).map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name}-value`}>{value}</dd>]) : null}
      </dl>
      <div class="row">
        {isCancellable(job) ? <Button onClick={() => setAsking(true)}>{t("jobs.cancel")}</Button> : null}
        {canGoOn(job) && whole?.document ? (
          <Button look="primary" onClick={() => void start(whole.document!)}>
            {t("jobs.goOn")}
          </Button>
        ) : null}
        {whole?.document ? <Button onClick={() => keepDocument(whole.document!, jobId)}>{t("jobs.export")}</Button> : null}
      </div>
      {canGoOn(job) ? <p class="note">{t("jobs.goOnHow")}</p> : null}
      <Events events={whole?.events ?? []} />
      <Dialog title={t("jobs.cancelTitle")} open={asking} onClose={() => setAsking(false)}>
        <p>{t("jobs.cancelHow", { count: number(job.done) })}</p>
        <div class="row">
          <Button look="primary" onClick={() => void cancel()}>
            {t("jobs.cancel")}
          </Button>
          <Button onClick={() => setAsking(false)}>{t("jobs.keep")}</Button>
        </div>
      </Dialog>
    </div>
  );
}

function Events({ events }: { events: JobEvent[] }) {
  return (
    <section class="list" aria-labelledby="job-events">
      <h2 id="job-events">{t("jobs.events")}</h2>
      <ol class="events">
        {events.map(({ at, state, done, note, codedNote }, place) => (
          <li key={place}>
            <time>{when(at)}</time> <strong>{stateWord(state)}</strong> {done > 0 ? t("jobs.withImages", { count: number(done) }) : ""}
            {note ? (
              <p class="note">
                <Why reason={codedNote} text={note} />
              </p>
            ) : null}
          </li>
        ))}
      </ol>
    </section>
  );
}

function keepDocument(document: BulkJob, jobId: string): void {
  const text = toJsonString(BulkJobSchema, document, { prettySpaces: 2, useProtoFieldName: true });
  save(new Blob([`${text}\n`]), "application/json", `${jobId}.json`);
}
