// The page between a learning platform and the studio: on the way, choosing, who has taken a quiz, setting up.

import { render } from "preact";

import "../parts/room.css";
import "../teaching/teaching.css";
import "../study/study.css"; // cards and forms look as those of studies
import "./lti.css";
import { language, speak, t, wishedLanguage } from "../texts/texts";
import { LtiPage } from "./page";
import { readShown } from "./shown";

const page = document.getElementById("page");
if (page) {
  language.subscribe(() => (document.title = `${t("lti.page")} – ${t("app.name")}`));
  const told = document.querySelector<HTMLMetaElement>('meta[name="lti"]')?.content ?? "";
  const shown = readShown(told, location.hash);
  speak(wishedLanguage(shown.language), false);
  render(<LtiPage shown={shown} />, page);
}
