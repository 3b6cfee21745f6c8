// The end of a study, for good: asked twice.

import { signal } from "@preact/signals";

import { act } from "../parts/acts";
import { Button } from "../parts/buttons";
import { Dialog } from "../parts/dialog";
import { readerStudyService } from "../rpc/clients";
import { counted, number, t } from "../texts/texts";
import { showPart, type Whole } from "./store";

export const closing = signal<"" | "first" | "second">("");

export function Closing({ one: { study, readers } }: { one: Whole }) {
  const stop = () => (closing.value = "");
  const reading = readers.filter(({ revokedAt }) => !revokedAt);
  const unfinished = reading.filter(({ finishedAt }) => !finishedAt).length;
  const close = async () => {
    stop();
    if (await act(() => readerStudyService.closeStudy({ studyId: study.studyId }), { text: t("closing.done") })) showPart("results");
  };
  const first = closing.value !== "second";
  return (
    <Dialog title={t(first ? "closing.firstTitle" : "closing.secondTitle")} open={closing.value !== ""} onClose={stop}>
      <div class="panel">
        <p>{counted("closing.finished", reading.length - unfinished, { readers: number(reading.length) })}</p>
        {unfinished > 0 ? <p class="remark">{counted("closing.unfinished", unfinished)}</p> : null}
        <p>{t(first ? "closing.firstText" : "closing.secondText")}</p>
        <div class="row">
          {first ? (
            <Button look="primary" onClick={() => (closing.value = "second")}>
              {t("closing.goOn")}
            </Button>
          ) : (
            <Button look="primary" onClick={() => void close()}>
              {t("closing.forGood")}
            </Button>
          )}
          <Button onClick={stop}>{t("action.cancel")}</Button>
        </div>
      </div>
    </Dialog>
  );
}
