// A stretch of the log as the file that proves itself, as `mammoganesis audit export` writes it.

import { useState } from "preact/hooks";

import { failure } from "../parts/acts";
import { Button } from "../parts/buttons";
import { auditService } from "../rpc/clients";
import { messageOf } from "../rpc/failures";
import { keep } from "../rpc/files";
import { number, t } from "../texts/texts";
import { stretchOf } from "./asked";
import { filter, type Filter } from "./store";

export const fileName = ({ from, to }: Pick<Filter, "from" | "to">): string => `${["audit", from, to].filter(Boolean).join("-")}.jsonl`;

export function Export() {
  const { value: chosen } = filter;
  const [bytes, setBytes] = useState<number | null>(null); // null: none is being made
  const write = async () => {
    failure.value = "";
    setBytes(0);
    async function* pieces() {
      let sum = 0;
      for await (const { data } of auditService.exportAudit(stretchOf(chosen))) {
        sum += data.length;
        setBytes(sum);
        yield { data, fileName: fileName(chosen) };
      }
    }
    try {
      await keep(pieces(), fileName(chosen));
    } catch (error) {
      failure.value = messageOf(error);
    }
    setBytes(null);
  };
  return (
    <section class="export" aria-labelledby="export">
      <h2 id="export">{t("audit.export")}</h2>
      <p class="note">{t("audit.export.what")}</p>
      <p class="row">
        <Button onClick={() => void write()} disabled={bytes !== null}>
          {chosen.from || chosen.to ? t("audit.export.days") : t("audit.export.all")}
        </Button>
        <span class="note" role="status">
          {bytes === null ? "" : t("audit.export.bytes", { size: number(bytes / 1e6, 1) })}
        </span>
      </p>
    </section>
  );
}
