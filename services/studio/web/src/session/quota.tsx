// What is left of somebody's quotas, asked anew each time it is looked at; nothing where there are none.

import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useEffect, useState } from "preact/hooks";

import type { QuotaState } from "../protos/mammoganesis/v1/quota_pb";
import { quotaService } from "../rpc/clients";
import { clock } from "../parts/when";
import { known, language, number, t } from "../texts/texts";

export function Quotas() {
  const [quotas, setQuotas] = useState<QuotaState[]>([]);
  useEffect(() => {
    const leaving = new AbortController();
    quotaService.getQuota({}, { signal: leaving.signal }).then(
      (answer) => setQuotas(answer.quotas),
      () => {}, // the page says by itself that nobody answers
    );
    return () => leaving.abort();
  }, []);
  const shares = [...new Set(quotas.map(({ whose }) => whose))];
  return (
    <>
      {shares.map((whose) => (
        <section key={whose} class="quotas">
          <p class="note">{groupOf(whose) ? t("quota.group", { name: groupOf(whose) }) : t("quota.title")}</p>
          <ul>
            {quotas
              .filter((each) => each.whose === whose)
              .map((each) => (
                <li key={each.quota} class={each.used >= each.limit ? "spent" : ""}>
                  {quotaLine(each)}
                </li>
              ))}
          </ul>
        </section>
      ))}
    </>
  );
}

const groupOf = (whose: string): string => /^of group (.+)$/s.exec(whose)?.[1] ?? "";

// One quota in words: what is left of how much, and when it begins anew where that is worth the room.
export function quotaLine({ quota, limit, used, resetsAt }: Pick<QuotaState, "quota" | "limit" | "used" | "resetsAt">): string {
  const shown = quota.startsWith("bytes") ? size : (count: bigint) => number(Number(count));
  const left = limit > used ? limit - used : 0n;
  const text = known(`quota.${quota}`, quota);
  const line = text.replace(/\{(left|limit)\}/g, (_, name: "left" | "limit") => shown({ left, limit }[name]));
  return resetsAt && (left === 0n || quota.endsWith("_per_day")) ? t("quota.until", { line, time: clock(timestampDate(resetsAt)) }) : line;
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

// Bytes in the largest unit of which there is one: "1.5 GB".
function size(bytes: bigint): string {
  const step = Math.min(UNITS.length - 1, Math.floor((String(bytes).length - 1) / 3));
  const value = Number(bytes) / 1000 ** step;
  return value.toLocaleString(language.value, { style: "unit", unit: UNITS[step] ?? "byte", unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 });
}
