// Which part of the page is on show.

import { Frame, PAGES } from "../parts/frame";
import { Told } from "../parts/told";
import { served, serverState } from "../state/served";
import { ListPage } from "./list";
import { SizePage } from "./size";
import { place } from "./store";
import { StudyPage } from "./study";

export function StudiesPage() {
  const { value: here } = place;
  return (
    <Frame page="study" pages={PAGES} server={serverState.value} attribution={served.value?.model.attribution ?? ""}>
      <main class="studies" id="controls" tabIndex={-1}>
        {here.at === "studies" ? <ListPage /> : null}
        {here.at === "study" ? <StudyPage here={here} /> : null}
        {here.at === "size" ? <SizePage asked={here.asked} /> : null}
      </main>
      <Told />
    </Frame>
  );
}
