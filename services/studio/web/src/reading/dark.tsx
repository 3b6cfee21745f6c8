// The dark between two trials. It says why where it lasts.

import { useEffect, useState } from "preact/hooks";

import { Button } from "../parts/buttons";
import { Message } from "../parts/messages";
import { t } from "../texts/texts";
import { connection } from "./bar";
import { dark, missing } from "./sight";
import { reading, stage, trouble } from "./store";

const LATE = 1500; // milliseconds beyond the interval after which a reader asks what is the matter

export function Dark() {
  const [late, setLate] = useState(false);
  const { value: isDark } = dark;
  useEffect(() => {
    setLate(false);
    if (!isDark) return;
    const timer = setTimeout(() => setLate(true), (reading.value?.display?.darkMilliseconds ?? 0) + LATE);
    return () => clearTimeout(timer);
  }, [isDark]);
  if (!isDark) return null;
  const { value: reason } = missing;
  const why = reason ? t("trial.failed", { reason }) : late ? trouble.value ? connection().text : t(stage.value === "sending" ? "trial.sending" : "trial.waiting") : "";
  return (
    <div class="dark" role="status" aria-label={t("trial.dark")}>
      <p><Message text={why} /></p>
      {reason ? <Button onClick={() => location.reload()}>{t("action.retry")}</Button> : null}
    </div>
  );
}
