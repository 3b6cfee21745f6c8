// What was done last, for a while, and why something could not be done.

import { useEffect } from "preact/hooks";

import { t } from "../texts/texts";
import { failure, told } from "./acts";
import { Button } from "./buttons";
import { ErrorLine } from "./messages";

const TOLD_SECONDS = 20; // long enough to undo

export function Told() {
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
