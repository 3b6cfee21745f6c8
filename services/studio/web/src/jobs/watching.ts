// One job, as it goes on: watched until it ends, again when the server was away.

import { useEffect, useState } from "preact/hooks";

import type { GetJobResponse, Job } from "../protos/mammoganesis/v1/bulk_service_pb";
import { isCancelled, messageWhileAsking, retryAfter } from "../rpc/failures";
import { bulkService } from "../rpc/clients";
import { isActive } from "./words";

export interface Watched {
  job: Job | null; // null: not there yet
  whole: GetJobResponse | null; // with its document and what happened to it
  failure: string;
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

// `again`: grows when it is to be asked for again.
export function useJob(jobId: string, again: number): Watched {
  const [job, setJob] = useState<Job | null>(null);
  const [whole, setWhole] = useState<GetJobResponse | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    const { signal, abort } = controller();
    const follow = async () => {
      for (let state = -1; !signal.aborted; ) {
        try {
          for await (const { job: now } of bulkService.watchJob({ jobId }, { signal })) {
            if (!now) continue;
            setFailure("");
            setJob(now);
            if (now.state !== state) setWhole(await bulkService.getJob({ jobId }, { signal }));
            state = now.state;
            if (!isActive(now)) return;
          }
        } catch (error) {
          if (isCancelled(error) || signal.aborted) return;
          setFailure(messageWhileAsking(error));
          const seconds = retryAfter(error);
          if (seconds === null) return;
          await pause(seconds);
        }
      }
    };
    void follow();
    return abort;
  }, [jobId, again]);
  return { job, whole, failure };
}

function controller() {
  const made = new AbortController();
  return { signal: made.signal, abort: () => made.abort() };
}
