// The screen on which one image is edited: the stage with what belongs to it, and the controls.

import { HistoryStrip } from "./historystrip";
import { RecipePanel } from "./recipepanel";
import { StagePanel } from "./stagepanel";
import { TakeAway } from "./takeaway";
import { t } from "../texts/texts";

export function EditScreen() {
  return (
    <div class="bench">
      <section class="stage-side" aria-label={t("studio.stage")}>
        <StagePanel />
        <HistoryStrip />
      </section>
      <section class="controls" id="controls" tabIndex={-1} aria-label={t("studio.controls")}>
        <TakeAway />
        <RecipePanel />
      </section>
    </div>
  );
}
