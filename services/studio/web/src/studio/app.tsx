// The studio: what stands around it, and the screen on show.

import { useEffect } from "preact/hooks";

import { Button } from "../parts/buttons";
import { Frame, PAGES } from "../parts/frame";
import { ErrorLine } from "../parts/messages";
import { served, serverState } from "../state/served";
import { mistake, redo, redoable, state, undo, undoable } from "../state/store";
import { language, t } from "../texts/texts";
import { EditScreen } from "./editscreen";
import { OpenButton, useDrop } from "./opening";
import { Introduction } from "./start/introduction";
import { ModeSwitch } from "./start/mode";
import { StartScreen } from "./start/start";

export function App() {
  const dropping = useDrop();
  useEffect(() => {
    document.title = t("studio.title");
  }, [language.value]);
  const { screen, framed } = state.value;
  const content = (
    <main class={`studio ${screen} ${dropping ? "dropping" : ""}`}>
      <h1 class="unseen">{t("studio.title")}</h1>
      <ErrorLine text={mistake.value && t("studio.mistake", { part: mistake.value })} />
      {screen === "start" ? <StartScreen /> : <EditScreen />}
      {dropping ? <p class="drop">{t("open.drop")}</p> : null}
    </main>
  );
  if (framed) return content;
  return (
    <Frame page="studio" pages={PAGES} server={serverState.value} attribution={served.value?.model.attribution ?? ""} actions={<Actions />}>
      {content}
    </Frame>
  );
}

function Actions() {
  return (
    <div class="row">
      <Button look="quiet" onClick={undo} disabled={!undoable.value} keys="Control+Z">
        {t("action.undo")}
      </Button>
      <Button look="quiet" onClick={redo} disabled={!redoable.value} keys="Control+Y">
        {t("action.redo")}
      </Button>
      <OpenButton />
      <ModeSwitch />
      <Introduction />
    </div>
  );
}
