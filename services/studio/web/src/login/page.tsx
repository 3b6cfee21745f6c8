// The page to log in: a button, and what went wrong before.

import { LanguageChoice } from "../parts/frame";
import { Button } from "../parts/buttons";
import { ErrorLine } from "../parts/messages";
import { t } from "../texts/texts";
import { failure, hasLeft, stage, start } from "./going";

export function LoginPage() {
  return (
    <>
      <header class="bar">
        <p class="brand">
          {t("app.name")} <span>{t("app.studio")}</span>
        </p>
        <LanguageChoice />
      </header>
      <main class="door" id="controls" tabIndex={-1}>
        <h1>{stage.value === "in" ? t("login.done") : hasLeft ? t("login.left") : t("login.title")}</h1>
        {stage.value === "in" ? <p role="status">{t("login.close")}</p> : stage.value === "out" ? <Out /> : <p role="status">{t("state.loading")}</p>}
      </main>
      <footer>
        <p>{t("app.notDiagnosis")}</p>
      </footer>
    </>
  );
}

function Out() {
  return (
    <>
      {hasLeft || failure ? null : <p>{t("login.what")}</p>}
      <ErrorLine text={failure ? t(`login.failed.${failure}`) : ""} />
      <p class="row">
        <Button look="primary" onClick={start}>
          {hasLeft || failure ? t("login.again") : t("login.go")}
        </Button>
      </p>
      <p class="note">{t("login.links")}</p>
    </>
  );
}
