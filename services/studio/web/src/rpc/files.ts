// Files that come from services, and that go to them.

import { save } from "../parts/save";
import { caseService } from "./clients";

const ONE_CALL_BYTES = 2 * 2 ** 20; // of a file that goes in one call
const PART_BYTES = 2 ** 20;

// Gives what comes in pieces to the browser, under the name that the services choose.
export async function keep(pieces: AsyncIterable<{ data: Uint8Array; fileName: string }>, otherwise: string): Promise<void> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let name = "";
  for await (const { data, fileName } of pieces) {
    parts.push(data as Uint8Array<ArrayBuffer>);
    name ||= fileName;
  }
  save(new Blob(parts), "application/octet-stream", name || otherwise);
}

export type Sendable = { case: "data"; value: Uint8Array } | { case: "uploadId"; value: string };

// A file as a call takes it: itself, or where it is too large, what it has been uploaded as.
export async function sendable(file: Blob): Promise<Sendable> {
  const data = new Uint8Array(await file.arrayBuffer());
  if (data.length <= ONE_CALL_BYTES) return { case: "data", value: data };
  let uploadId = "";
  for (let offset = 0; offset < data.length; offset += PART_BYTES) {
    const answer = await caseService.uploadPart({ uploadId, offset: BigInt(offset), data: data.subarray(offset, offset + PART_BYTES) });
    uploadId = answer.uploadId;
  }
  return { case: "uploadId", value: uploadId };
}
