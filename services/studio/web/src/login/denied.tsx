// What stands in a page's place for whoever may not have it.

import { render } from "preact";
import { useEffect } from "preact/hooks";

import "../parts/room.css";
import "./login.css";
import { Frame, PAGES } from "../parts/frame";
import { Roles, roleName } from "../session/account";
import { session } from "../session/session";
import { language, listed, speak, t, wishedLanguage } from "../texts/texts";
import { firstPage } from "./going";

function DeniedPage() {
  const name = location.pathname.split("/").pop() || "studio";
  const { roles = [], pages = {} } = session.value ?? {};
  const wanted = (pages[name] ?? []).map(roleName);
  const first = firstPage({ roles, pages });
  const goesOn = name === "studio" && first !== "" && !location.hash; // who asked for no page begins where a login would lead
  useEffect(() => {
    if (goesOn) location.replace(first);
  }, [goesOn, first]);
  return (
    <Frame page={null} pages={PAGES}>
      <main class="door" id="controls" tabIndex={-1}>
        {goesOn ? null : <h1>{t("denied.title")}</h1>}
        {session.value && !goesOn ? (
          <>
            {wanted.length > 0 ? <p>{t("denied.needs", { roles: listed(wanted) })}</p> : null}
            <p>{roles.length > 0 ? t("denied.yours") : t("denied.none")}</p>
            {roles.length > 0 ? <Roles roles={roles} /> : null}
            <p class="note">{first ? t("denied.others") : t("denied.ask")}</p>
          </>
        ) : (
          <p role="status">{t("state.loading")}</p>
        )}
      </main>
    </Frame>
  );
}

const page = document.getElementById("page");
if (page) {
  speak(wishedLanguage(), false);
  language.subscribe(() => (document.title = `${t("denied.title")} – ${t("app.name")}`));
  render(<DeniedPage />, page);
}
