// What a reader sees, stage by stage.

import { useEffect } from "preact/hooks";

import { Message, Notice } from "../parts/messages";
import { number, t } from "../texts/texts";
import { Bar } from "./bar";
import { Consent, Measuring, Person } from "./before";
import { Debrief } from "./debrief";
import { device, reading, refusal, stage, trouble } from "./store";
import { Practised, Told } from "./told";
import { TrialPage } from "./trial";

const WITH_PICTURES: readonly string[] = ["trial", "feedback", "sending"];

export function ReaderPage() {
  const { value: now } = stage;
  const pictures = WITH_PICTURES.includes(now);
  useEffect(() => {
    if (!pictures) document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [now]);
  return (
    <>
      <Bar />
      <main class={`reader ${pictures ? "with-pictures" : ""}`} id="controls" tabIndex={-1}>
        <Content />
      </main>
      {pictures ? null : (
        <footer>
          <p>{t("reading.note")}</p>
        </footer>
      )}
    </>
  );
}

function Content() {
  switch (stage.value) {
    case "noLink":
      return <Said title={t("reading.noLink")} text={t("reading.noLinkWhy")} />;
    case "refused":
      return <Said title={t("reading.refused")} text={refusal.value} />;
    case "opening":
      return (
        <>
          <h1 class="unseen">{t("reading.page")}</h1>
          <p class="opening" role="status">
            <Message text={trouble.value || t("state.loading")} />
          </p>
        </>
      );
    case "waiting":
      return <Quietly title={t("reading.notOpen")} text={t("reading.notOpenWhy")} />;
    case "phone":
      return <Said title={t("reading.phone")} text={t("reading.phoneWhy")} />;
    case "small":
      return <Said title={t("reading.small")} text={t("reading.smallWhy", sizes())} />;
    case "consent":
      return <Consent />;
    case "person":
      return <Person />;
    case "measuring":
      return <Measuring />;
    case "told":
      return <Told />;
    case "practised":
      return <Practised />;
    case "trial":
    case "feedback":
    case "sending":
      return <TrialPage />;
    case "finished":
      return <Quietly title={t("finished.title")} text={`${t("finished.text")} ${t("finished.debrief")}`} />;
    case "closed":
      return <Debrief />;
  }
}

function sizes(): Record<string, string> {
  const { smallestWidth = 0, smallestHeight = 0 } = reading.value?.display ?? {};
  const { width, height } = device.value;
  return { width: number(smallestWidth), height: number(smallestHeight), nowWidth: number(width), nowHeight: number(height) };
}

// Why there is nothing to be read here.
function Said({ title, text }: { title: string; text: string }) {
  return (
    <>
      <h1 class="unseen" tabIndex={-1}>
        {title}
      </h1>
      <Notice title={title} text={text} />
    </>
  );
}

function Quietly({ title, text }: { title: string; text: string }) {
  return (
    <section class="beginning">
      <h1 tabIndex={-1}>{title}</h1>
      <p>{text}</p>
    </section>
  );
}
