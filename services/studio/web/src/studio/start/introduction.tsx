// The introduction: one screen, shown by itself once, and always to be had from the bar.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import "./introduction.css";
import { Button } from "../../parts/buttons";
import { Dialog } from "../../parts/dialog";
import { state } from "../../state/store";
import { t } from "../../texts/texts";
import { DirectionExplained, RegionExplained, SeedExplained, TruncationExplained } from "./explained";

const REMEMBERED = "mammoganesis.introduced";

const open = signal(false);

// The browser may refuse to keep anything, such as in a frame of another site: then the page is not introduced by itself.
function isIntroduced(): boolean {
  try {
    return localStorage.getItem(REMEMBERED) !== null;
  } catch {
    return true;
  }
}

function close(): void {
  open.value = false;
  try {
    localStorage.setItem(REMEMBERED, "1");
  } catch {
    return;
  }
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
