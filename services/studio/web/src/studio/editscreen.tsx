// The screen on which one image is edited: the stage with what belongs to it, and the controls.

import { EditControls } from "./edit/controls";
import { Strip } from "./edit/sweep";
import { HistoryStrip } from "./historystrip";
import { RecipePanel } from "./recipepanel";
import { StagePanel } from "./stagepanel";
import { TakeAway } from "./takeaway";
import { t } from "../texts/texts";

export function EditScreen() {
  return (
    <div class="bench">
      <div class="stage-side">
        <StagePanel />
        <Strip />
        <HistoryStrip />
      </div>
      <section class="controls" id="controls" tabIndex={-1} aria-label={t("studio.controls")}>
        <EditControls />
        <TakeAway />
        <RecipePanel />
      </section>
    </div>
  );
}
