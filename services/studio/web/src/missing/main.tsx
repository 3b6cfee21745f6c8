// What stands at an address where there is nothing.

import { render } from "preact";

import "../parts/room.css";
import "../login/login.css";
import { ADDRESSES, Frame, PAGES } from "../parts/frame";
import { mayHave } from "../session/session";
import { language, speak, t, wishedLanguage } from "../texts/texts";

function MissingPage() {
  const first = PAGES.find(mayHave) ?? "studio";
  return (
    <Frame page={null} pages={PAGES}>
      <main class="door" id="controls" tabIndex={-1}>
        <h1>{t("missing.title")}</h1>
        <p>{t("missing.what", { address: decoded(location.pathname) })}</p>
        <p class="note">{t("missing.on")}</p>
        <a class="button primary" href={ADDRESSES[first]}>
          {t("missing.home")}
        </a>
      </main>
    </Frame>
  );
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const page = document.getElementById("page");
if (page) {
  speak(wishedLanguage(), false);
  language.subscribe(() => (document.title = `${t("missing.title")} – ${t("app.name")}`));
  render(<MissingPage />, page);
}
