// Cases as files: exported to the person's disk, imported from it.

import { CaseFileFormat, type ImportCasesResponse } from "../protos/mammoganesis/v1/cases_pb";
import { caseService } from "../rpc/clients";
import { keep, sendable } from "../rpc/files";

interface What {
  caseIds?: string[];
  collectionId?: string;
}

export async function exportCases(what: What, format: "json" | "zip"): Promise<void> {
  const asked = { ...what, format: format === "json" ? CaseFileFormat.JSON : CaseFileFormat.ZIP };
  await keep(caseService.exportCases(asked), `cases.${format}`);
}

export const importCases = async (file: Blob): Promise<ImportCasesResponse> => caseService.importCases({ file: await sendable(file) });
