// A file is dropped or chosen, and the page says whether it is ours, what was altered, and which image it is a copy of.

import { useEffect, useState } from "preact/hooks";

import { FileButton } from "../parts/filebutton";
import { Frame, PAGES } from "../parts/frame";
import { ErrorLine } from "../parts/messages";
import { mayHave, session } from "../session/session";
import { served, serverState } from "../state/served";
import { language, t } from "../texts/texts";
import { Finding } from "./finding";
import { asking, failure, judge, judgeAgain, judged } from "./store";

export function VerifyPage() {
  const over = useDrop();
  const said = language.value; // what a verdict rests on is said by the services
  useEffect(() => void judgeAgain(), [said]);
  return (
    <Frame page="verify" pages={PAGES} server={serverState.value} attribution={served.value?.model.attribution ?? ""}>
      <main class="verify" id="controls" tabIndex={-1}>
        <h1>{t("verify.title")}</h1>
        <p class="prose">{t("verify.what")}</p>
        {readsOnly() ? <p class="note">{t("verify.readings")}</p> : null}
        <section class={`drop ${over ? "over" : ""}`} aria-label={t("verify.file")}>
          <p>{t("verify.drop")}</p>
          <FileButton accept=".png,.jpg,.jpeg,.tif,.tiff,.dcm,.dicom,image/*" onFiles={([file]) => void judge(file)}>
            {t("verify.choose")}
          </FileButton>
          <p class="note">{t("verify.kept")}</p>
        </section>
        <ErrorLine text={failure.value} />
        <div aria-live="polite">
          {asking.value ? <p class="opening">{t("verify.asking", { name: asking.value })}</p> : null}
          {judged.value ? <Finding key={judged.value.file} {...judged.value} /> : null}
        </div>
      </main>
    </Frame>
  );
}

// Who reads in studies has no other page in the bar, and is told where the readings are.
const readsOnly = () => session.value !== null && PAGES.filter(mayHave).join() === "verify";

// Whether a file hangs over the page; one that is dropped is looked at.
function useDrop(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const take = (event: DragEvent) => {
      event.preventDefault();
      setOver(event.type === "dragover");
      if (event.type === "drop") void judge(event.dataTransfer?.files[0]);
    };
    const names = ["dragover", "dragleave", "drop"] as const;
    for (const name of names) document.addEventListener(name, take);
    return () => {
      for (const name of names) document.removeEventListener(name, take);
    };
  }, []);
  return over;
}
