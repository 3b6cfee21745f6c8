// An earlier version of a case, to be read.

import { useEffect, useState } from "preact/hooks";

import type { Case } from "../protos/mammoganesis/v1/cases_pb";
import { Button } from "../parts/buttons";
import { ErrorLine } from "../parts/messages";
import { caseService } from "../rpc/clients";
import { messageOf } from "../rpc/failures";
import { CaseReading } from "../teaching/casereading";
import { t } from "../texts/texts";
import { caseAt } from "./address";
import { go } from "./store";

export function VersionPage({ caseId, version }: { caseId: string; version: number }) {
  const [one, setOne] = useState<Case | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    setOne(null);
    caseService.getCase({ caseId, version }).then((answer) => setOne(answer.case ?? null), (error: unknown) => setFailure(messageOf(error)));
  }, [caseId, version]);
  return (
    <div class="one">
      <div class="row spread decision">
        <p role="status">{t("versions.reading", { version })}</p>
        <Button onClick={() => go(caseAt(caseId))}>{t("versions.newest")}</Button>
      </div>
      {one ? null : <h1 class="unseen">{t("versions.title")}</h1>}
      <ErrorLine text={failure} />
      {one ? <CaseReading key={version} one={one} answered /> : null}
    </div>
  );
}
