// The way to earlier answers of the task, where they may be corrected.

import { Button } from "../parts/buttons";
import { t } from "../texts/texts";
import { correct } from "./sight";
import { answered, corrected } from "./store";

export function Corrections() {
  const last = answered.value.length - 1;
  const { value: at } = corrected;
  if (at === null) {
    return (
      <div class="row corrections">
        <Button onClick={() => correct(last)}>{t("correct.earlier")}</Button>
      </div>
    );
  }
  return (
    <div class="row corrections">
      <Button onClick={() => correct(at - 1)} disabled={at === 0}>
        {t("correct.back")}
      </Button>
      <Button onClick={() => correct(at + 1)} disabled={at >= last}>
        {t("correct.forward")}
      </Button>
      <Button look="quiet" onClick={() => correct(null)}>
        {t("correct.leave")}
      </Button>
    </div>
  );
}
