// Which part of the page is on show, and what is said over all of them.

import { Frame, PAGES } from "../parts/frame";
import { Told } from "../parts/told";
import { served, serverState } from "../state/served";
import { AddPage } from "./add";
import { CollectionPage } from "./collection";
import { Editor } from "./editor";
import { Leave } from "./leave";
import { ListPage } from "./list";
import { QuizzesPage } from "./quizzes";
import { ResultsPage } from "./results";
import { place } from "./store";
import { VersionPage } from "./version";

export function CasesPage() {
  return (
    <Frame page="cases" pages={PAGES} server={serverState.value} attribution={served.value?.model.attribution ?? ""}>
      <main class="cases" id="controls" tabIndex={-1}>
        <Part />
      </main>
      <Told />
      <Leave />
    </Frame>
  );
}

function Part() {
  const { value: here } = place;
  switch (here.at) {
    case "case":
      return here.version > 0 ? <VersionPage caseId={here.caseId} version={here.version} /> : <Editor />;
    case "collection":
      return <CollectionPage />;
    case "quizzes":
      return <QuizzesPage />;
    case "quiz":
      return <ResultsPage quizId={here.quizId} />;
    case "add":
      return <AddPage text={here.recipe} />;
    default:
      return <ListPage {...here} />;
  }
}
