// Which part of the page is on show.

import { Frame, PAGES } from "../parts/frame";
import { Notice } from "../parts/messages";
import { Told } from "../parts/told";
import { roleName } from "../session/account";
import { mayHave, session } from "../session/session";
import { listed, t } from "../texts/texts";
import { Choose } from "./choose";
import { Setup } from "./setup";
import type { Shown } from "./shown";
import { Standings } from "./standings";
import { Fetched, InAWindow, Keeping, Nowhere, Registered, Returning } from "./underway";

export function LtiPage({ shown }: { shown: Shown }) {
  return (
    <Frame page={null} pages={shown.mode === "setup" ? PAGES : []}>
      <main class="lti" id="controls" tabIndex={-1}>
        <Content shown={shown} />
      </main>
      <Told />
    </Frame>
  );
}

function Content({ shown }: { shown: Shown }) {
  switch (shown.mode) {
    case "keep":
      return <Keeping shown={shown} />;
    case "fetch":
      return <Fetched shown={shown} />;
    case "window":
      return <InAWindow again={shown.again} />;
    case "return":
      return <Returning shown={shown} />;
    case "registered":
      return <Registered shown={shown} />;
    case "nothing":
      return <Nowhere />;
    case "refused":
      return <Notice title={t("lti.refused")} text={t("lti.refusedWhy", { message: shown.message })} />;
    case "choose":
      return <Choose launch={shown.launch} />;
    case "standing":
      return <Standings launch={shown.launch} />;
    case "setup":
      return <ForOperators />;
  }
}

function ForOperators() {
  if (mayHave("lti")) return <Setup />;
  const { value: who } = session;
  if (!who) return <p role="status">{t("state.loading")}</p>;
  return <Notice title={t("denied.title")} text={t("denied.needs", { roles: listed((who.pages.lti ?? []).map(roleName)) })} />;
}
