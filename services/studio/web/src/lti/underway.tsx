// A browser on its way between the platform and the studio; most of this nobody sees for longer than a moment.

import { useEffect, useRef, useState } from "preact/hooks";

import { Notice } from "../parts/messages";
import { messageOf } from "../rpc/failures";
import { ask, Refusal } from "../rpc/studio";
import { isLanguage, speak, t } from "../texts/texts";
import type { Shown } from "./shown";
import { get, patience, put } from "./storage";

type Mode<Name extends Shown["mode"]> = { shown: Extract<Shown, { mode: Name }> };

const Moment = () => (
  <p class="opening" role="status">
    {t("state.loading")}
  </p>
);

export function Keeping({ shown }: Mode<"keep">) {
  useEffect(() => {
    void put(shown, shown.secret).then(() => location.replace(shown.go)); // where it is not kept there may be a cookie
  }, [shown]);
  return <Moment />;
}

// The course's language, from when it is known.
const follow = (language: string) => isLanguage(language) && speak(language, false);

export const Nowhere = () => <Notice title={t("lti.nothing")} text={t("lti.nothingWhy")} />;

export function Fetched({ shown }: Mode<"fetch">) {
  const [missing, setMissing] = useState(false);
  const [nothing, setNothing] = useState(false);
  const [refusal, setRefusal] = useState("");
  useEffect(() => {
    const goOn = async () => {
      void patience().then(() => setMissing(true)); // an answer that comes after all still leads on
      const browser = await get(shown);
      if (!browser) return setMissing(true);
      const answer = await ask("launch", { id_token: shown.id_token, state: shown.state, browser });
      const { go, language } = (await answer.json()) as { go: string; language: string };
      if (go) return location.replace(go);
      follow(language);
      setNothing(true);
    };
    goOn().catch((error: unknown) => {
      if (error instanceof Refusal) follow(error.language);
      setRefusal(messageOf(error));
    });
  }, [shown]);
  if (nothing) return <Nowhere />;
  if (refusal) return <Notice title={t("lti.refused")} text={refusal} />;
  return missing ? <InAWindow again={shown.again} /> : <Moment />;
}

export function InAWindow({ again }: { again: string }) {
  return (
    <section class="one">
      <h1>{t("lti.window")}</h1>
      <p>{t("lti.windowWhy")}</p>
      <p>
        <a class="button primary" href={again} target="_blank" rel="noreferrer">
          {t("lti.windowOpen")}
        </a>
      </p>
    </section>
  );
}

export function Returning({ shown }: Mode<"return">) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.submit(), []);
  return (
    <form ref={form} class="one" method="post" action={shown.go}>
      <input type="hidden" name="JWT" value={shown.token} />
      <p role="status">{t("lti.returning")}</p>
      <button type="submit" class="button primary">
        {t("lti.return")}
      </button>
    </form>
  );
}

export function Registered({ shown }: Mode<"registered">) {
  useEffect(() => {
    const around = (window.opener as Window | null) ?? (window.parent === window ? null : window.parent);
    around?.postMessage({ subject: "org.imsglobal.lti.close" }, "*"); // the platform closes its window, wherever its page is from; nothing is told
  }, [shown]);
  return (
    <section class="one">
      <h1>{t("lti.registered")}</h1>
      <p>{t("lti.registeredHow", { platform: shown.platform })}</p>
    </section>
  );
}
