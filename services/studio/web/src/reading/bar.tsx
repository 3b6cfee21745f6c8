// Above every page of a reader: the study, how far they are, whether there is a connection. It names neither the product nor what images are.

import { LanguageChoice, type ServerState } from "../parts/frame";
import { counted, number, t } from "../texts/texts";
import { done, reading, stage, trouble, unsent } from "./store";

const COUNTED: readonly string[] = ["trial", "feedback", "told", "practised", "sending", "small"];
const WITHOUT_STATE: readonly string[] = ["noLink", "refused", "opening"]; // the page itself says what there is to say

export function Bar() {
  const { title = "", pseudonym = "", total = 0 } = reading.value ?? {};
  const server = connection();
  const values = { done: number(done.value), total: number(total) };
  return (
    <header class="bar">
      <p class="brand">{title || t("reading.page")}</p>
      {pseudonym ? <p class="note">{t("reading.reader", { pseudonym })}</p> : null}
      {COUNTED.includes(stage.value) && total > 0 ? (
        <p class="progress">
          <progress max={total} value={done.value} aria-label={t("reading.progress", values)} />
          <span>{t("reading.progress", values)}</span>
        </p>
      ) : null}
      {WITHOUT_STATE.includes(stage.value) ? null : (
        <p class="server" data-state={server.mode} role="status">
          <i aria-hidden="true" />
          <span>{server.text}</span>
        </p>
      )}
      <LanguageChoice />
    </header>
  );
}

export function connection(): ServerState {
  if (trouble.value) return { mode: "down", text: unsent.value.length > 0 ? counted("reading.unsent", unsent.value.length) : t("reading.lost") };
  return reading.value ? { mode: "up", text: t("reading.up") } : { mode: "connecting", text: t("server.connecting") };
}
