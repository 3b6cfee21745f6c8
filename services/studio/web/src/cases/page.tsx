// Which part of the page is on show, and what is said over all of them.

import { useEffect } from "preact/hooks";

import { Button } from "../parts/buttons";
import { Frame } from "../parts/frame";
import { ErrorLine } from "../parts/messages";
import { served, serverState } from "../state/served";
import { t } from "../texts/texts";
import { AddPage } from "./add";
import { CollectionPage } from "./collection";
import { Editor } from "./editor";
import { Leave } from "./leave";
import { ListPage } from "./list";
import { QuizzesPage } from "./quizzes";
import { ResultsPage } from "./results";
import { failure, place, told } from "./store";
import { VersionPage } from "./version";

const TOLD_SECONDS = 20; // long enough to undo

export function CasesPage() {
  return (
    <Frame page="cases" pages={["studio", "cases", "curate"]} server={serverState.value} attribution={served.value?.model.attribution ?? ""}>
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

function Told() {
  const { value: done } = told;
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => (told.value = null), 1000 * TOLD_SECONDS);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <div class="told">
      <ErrorLine text={failure.value} />
      <div role="status">
        {done ? (
          <p class="row">
            <span>{done.text}</span>
            {done.undo ? <Button onClick={() => void done.undo?.()}>{t("action.undo")}</Button> : null}
          </p>
        ) : null}
      </div>
    </div>
  );
}
