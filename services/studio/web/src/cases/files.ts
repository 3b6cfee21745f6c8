// Cases as files: exported to the person's disk, imported from it.

import { CaseFileFormat, type ImportCasesResponse } from "../protos/mammoganesis/v1/cases_pb";
import { caseService } from "../rpc/clients";

const ONE_CALL_BYTES = 2 * 2 ** 20; // of a file that goes in one call
const PART_BYTES = 2 ** 20;

interface What {
  caseIds?: string[];
  collectionId?: string;
}

// Gives the file to the browser under the name that the services choose.
export async function exportCases(what: What, format: "json" | "zip"): Promise<void> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let name = "";
  const asked = { ...what, format: format === "json" ? CaseFileFormat.JSON : CaseFileFormat.ZIP };
  for await (const { data, fileName } of caseService.exportCases(asked)) {
    parts.push(data as Uint8Array<ArrayBuffer>);
    name ||= fileName;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts));
  link.download = name || `cases.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export async function importCases(file: Blob): Promise<ImportCasesResponse> {
  const data = new Uint8Array(await file.arrayBuffer());
  if (data.length <= ONE_CALL_BYTES) return caseService.importCases({ file: { case: "data", value: data } });
  let uploadId = "";
  for (let offset = 0; offset < data.length; offset += PART_BYTES) {
    const answer = await caseService.uploadPart({ uploadId, offset: BigInt(offset), data: data.subarray(offset, offset + PART_BYTES) });
    uploadId = answer.uploadId;
  }
  return caseService.importCases({ file: { case: "uploadId", value: uploadId } });
}
