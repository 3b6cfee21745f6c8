// Few controls for who teaches, all of them for who knows the model.

import { Button, Help } from "../../parts/buttons";
import { look, state } from "../../state/store";
import { t } from "../../texts/texts";

export function ModeSwitch() {
  const { expert } = state.value;
  return (
    <div class="row mode" role="group" aria-label={t("mode.label")}>
      <Button look="quiet" pressed={!expert} onClick={() => look({ expert: false })}>
        {t("mode.teacher")}
      </Button>
      <Button look="quiet" pressed={expert} onClick={() => look({ expert: true })}>
        {t("mode.expert")}
      </Button>
      <Help name={t("mode.label")}>{t("help.teacher")}</Help>
    </div>
  );
}
