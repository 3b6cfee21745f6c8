// All controls of the edit screen, of the image that the state says.

import { Tabs } from "../../parts/tabs";
import { TABS } from "../../state/address";
import { served } from "../../state/served";
import { look, state } from "../../state/store";
import { t } from "../../texts/texts";
import { DirectionsPanel } from "./directions";
import { DoneList } from "./done";
import "./edit.css";
import { MixingPanel } from "./mixing";
import { RegionPanel } from "./region";
import { SampleGroup } from "./sample";

const PANELS = { directions: DirectionsPanel, region: RegionPanel, mixing: MixingPanel };

export function EditControls() {
  if (!served.value) return <p class="group note">{t("state.loading")}</p>;
  const { tab } = state.value;
  const Panel = PANELS[tab];
  return (
    <>
      <SampleGroup />
      <section class="group edit" aria-label={t("edit.tabs")}>
        <Tabs label={t("edit.tabs")} tabs={TABS.map((name) => ({ name, text: t(`edit.tab.${name}`) }))} chosen={tab} onChoose={(name) => look({ tab: name })}>
          <Panel />
        </Tabs>
      </section>
      <DoneList />
    </>
  );
}
