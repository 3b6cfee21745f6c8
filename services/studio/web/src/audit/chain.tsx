// Whether the log is unbroken, asked of the server, and the place that proves it later.

import { useEffect, useState } from "preact/hooks";

import { Button } from "../parts/buttons";
import { Copied } from "../parts/copied";
import { TextField } from "../parts/fields";
import { ErrorLine } from "../parts/messages";
import { clock } from "../parts/when";
import type { VerifyAuditResponse } from "../protos/mammoganesis/v1/audit_pb";
import { auditService } from "../rpc/clients";
import { messageOf } from "../rpc/failures";
import { counted, number, t } from "../texts/texts";
import { head } from "./store";

const AT_ONCE = 50_000n; // entries that are read whenever the page is opened

// NUMBER:HASH, as it was noted; null for anything else.
export function placeIn(text: string): { number: bigint; hash: string } | null {
  const [, at, hash] = /^\s*(\d{1,18}):([0-9a-f]{64})\s*$/i.exec(text) ?? [];
  return at && hash ? { number: BigInt(at), hash: hash.toLowerCase() } : null;
}

export function Chain() {
  const [known, setKnown] = useState("");
  const [found, setFound] = useState<VerifyAuditResponse | null>(null);
  const [time, setTime] = useState(""); // at which it was found
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState("");
  const place = placeIn(known);
  const isWrong = known.trim() !== "" && place === null;
  const check = async () => {
    setAsking(true);
    try {
      setFound(await auditService.verifyAudit({ known: place ? [place] : [] }));
      setTime(clock(new Date()));
      setFailure("");
    } catch (error) {
      setFailure(messageOf(error));
    }
    setAsking(false);
  };
  const isLong = head.value !== null && head.value > AT_ONCE;
  useEffect(() => {
    if (head.value !== null && !isLong) void check();
  }, [head.value]);
  return (
    <section class="chain" aria-labelledby="chain" data-state={found && !asking ? (found.unbroken ? "good" : "alarm") : "open"}>
      <h2 id="chain">{t("audit.chain")}</h2>
      <div role="status">
        {asking ? <p>{t("audit.chain.asking")}</p> : found ? <State found={found} time={time} /> : isLong ? <p>{t("audit.chain.later")}</p> : null}
      </div>
      <ErrorLine text={failure} />
      {isLong ? (
        <p>
          <Button onClick={() => void check()} disabled={asking || isWrong}>
            {t("audit.chain.check")}
          </Button>
        </p>
      ) : null}
      {found?.head?.number ? <Copied label={t("audit.chain.place")} text={`${found.head.number}:${found.head.hash}`} /> : null}
      <details>
        <summary>{t("audit.chain.again")}</summary>
        <div class="known">
          <TextField label={t("audit.chain.known")} value={known} onChange={setKnown} invalid={isWrong} maxLength={100}>
            {isWrong ? t("audit.chain.knownWrong") : t("audit.chain.knownWhat")}
          </TextField>
          <Button onClick={() => void check()} disabled={asking || isWrong}>
            {t("audit.chain.check")}
          </Button>
        </div>
      </details>
    </section>
  );
}

function State({ found, time }: { found: VerifyAuditResponse; time: string }) {
  const { unbroken, problems, first, head, checkpoints, signed, lost } = found;
  if (!unbroken) {
    return (
      <>
        <p class="verdict">{t("audit.chain.broken")}</p>
        <ul class="problems" lang="en">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      </>
    );
  }
  if (!head?.number) return <p>{t("audit.none")}</p>;
  return (
    <>
      <p class="verdict">{t("audit.chain.good", { number: number(Number(head.number)), time })}</p>
      <p class="note">
        {[
          first > 1n ? t("audit.chain.first", { number: number(Number(first)) }) : "",
          checkpoints > 0n ? counted("audit.chain.checkpoints", Number(checkpoints), { signed: number(Number(signed)) }) : "",
          t("audit.chain.note"),
        ]
          .filter(Boolean)
          .join(" ")}
      </p>
      {lost > 0n ? <p class="error">{counted("audit.chain.lost", Number(lost))}</p> : null}
    </>
  );
}
