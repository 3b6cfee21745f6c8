// A job is asked for once, however often its button is pressed while the network is slow.

import { create } from "@bufbuild/protobuf";

import { act } from "../parts/acts";
import { BulkJobSchema, type BulkJob } from "../protos/mammoganesis/v1/bulk_pb";
import { bulkService } from "../rpc/clients";
import { go } from "./store";

const tokenOf = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// Whether it was taken; then the page shows it. A document that has run before goes on at its destination, for the bundle that it was made for.
export async function start(document: BulkJob, token = tokenOf()): Promise<boolean> {
  let jobId = "";
  const isTaken = await act(async () => {
    const { job } = await bulkService.createJob({ token, job: create(BulkJobSchema, document) });
    jobId = job?.jobId ?? "";
  });
  if (isTaken && jobId) go({ at: "job", jobId });
  return isTaken;
}
