// Cases as files: exported to the person's disk, imported from it.

import { CaseFileFormat, type ImportCasesResponse } from "../protos/mammoganesis/v1/cases_pb";
import { caseService } from "../rpc/clients";
import { keep, sendable } from "../rpc/files";

interface What {
  caseIds?: string[];
  collectionId?: string;
}

const FORMATS = { json: CaseFileFormat.JSON, zip: CaseFileFormat.ZIP, dicom: CaseFileFormat.DICOM } as const;
export type Format = keyof typeof FORMATS;

export async function exportCases(what: What, format: Format): Promise<void> {
  const asked = { ...what, format: FORMATS[format] };
  await keep(caseService.exportCases(asked), `cases.${format === "dicom" ? "zip" : format}`);
}

export const importCases = async (file: Blob): Promise<ImportCasesResponse> => caseService.importCases({ file: await sendable(file) });
