// The introduction: one screen, shown by itself once, and always to be had from the bar.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import "./introduction.css";
import { Button } from "../../parts/buttons";
import { Dialog } from "../../parts/dialog";
import { keep, keepsNothing, kept } from "../../state/keeping";
import { state } from "../../state/store";
import { t } from "../../texts/texts";
import { DirectionExplained, RegionExplained, SeedExplained, TruncationExplained } from "./explained";

const REMEMBERED = "mammoganesis.introduced";

const open = signal(false);

// Where the browser keeps nothing, it would come each time by itself.
const isIntroduced = () => keepsNothing() || kept(REMEMBERED) !== null;

function close(): void {
  open.value = false;
  keep(REMEMBERED, "1");
}

export function Introduction() {
  const { screen, framed } = state.value;
  useEffect(() => {
    if (screen === "start" && !framed && !isIntroduced()) open.value = true;
  }, [screen, framed]);
  return (
    <>
      <Button look="quiet" onClick={() => (open.value = true)}>
        {t("intro.open")}
      </Button>
      <Dialog title={t("intro.title")} open={open.value} onClose={close} wide>
        <p class="note">{t("intro.lead")}</p>
        <div class="topics">
          <SeedExplained />
          <TruncationExplained />
          <DirectionExplained />
          <RegionExplained />
        </div>
        <div class="row spread">
          <p class="note">{t("intro.close")}</p>
          <Button look="primary" onClick={close}>
            {t("intro.begin")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
