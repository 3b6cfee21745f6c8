// What a person is told: an error under a control, a notice over an image.

import { useEffect, useRef } from "preact/hooks";

import { t } from "../texts/texts";
import { Button } from "./buttons";

// A text after whose first line the services' own words follow, which are English in every language of the page.
export function Message({ text }: { text: string }) {
  const end = text.indexOf("\n");
  if (end < 0) return <>{text}</>;
  return (
    <>
      {text.slice(0, end + 1)}
      <span lang="en">{text.slice(end + 1)}</span>
    </>
  );
}

// Stays in the page while empty, so that it is read out when it fills.
// `reveals`: what a press has brought is scrolled to where it is not seen.
export function ErrorLine({ text, reveals = false }: { text: string; reveals?: boolean }) {
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (text && reveals) line.current?.scrollIntoView({ block: "nearest" });
  }, [text, reveals]);
  return (
    <p class="error" role="alert" hidden={!text} ref={line}>
      <Message text={text} />
    </p>
  );
}

interface NoticeProps {
  title: string;
  text: string;
  onRetry?: () => void;
}

export function Notice({ title, text, onRetry }: NoticeProps) {
  return (
    <div class="notice" role="alert">
      <strong>{title}</strong>
      <p>
        <Message text={text} />
      </p>
      {onRetry ? <Button onClick={onRetry}>{t("action.retry")}</Button> : null}
    </div>
  );
}

interface UnopenedProps {
  heading: string; // of the page
  failure: string; // "" while it is on its way
  back: string;
  onBack: () => void;
}

// In the place of a thing that has not come yet, or does not come: a page with a heading and the way back.
export function Unopened({ heading, failure, back, onBack }: UnopenedProps) {
  return (
    <div class="opening">
      <h1 class="unseen">{heading}</h1>
      {failure ? <Notice title={t("state.notOpened")} text={failure} /> : <p role="status">{t("state.loading")}</p>}
      {failure ? (
        <Button look="quiet" onClick={onBack}>
          {back}
        </Button>
      ) : null}
    </div>
  );
}
