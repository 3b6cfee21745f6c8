// What a person is told: an error under a control, a notice over an image.

import { t } from "../texts/texts";
import { Button } from "./buttons";

// Stays in the page while empty, so that it is read out when it fills.
export function ErrorLine({ text }: { text: string }) {
  return (
    <p class="error" role="alert" hidden={!text}>
      {text}
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
      <p>{text}</p>
      {onRetry ? <Button onClick={onRetry}>{t("action.retry")}</Button> : null}
    </div>
  );
}
