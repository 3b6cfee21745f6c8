// The page to log in.

import { render } from "preact";

import "../parts/room.css";
import "./login.css";
import { language, speak, t, wishedLanguage } from "../texts/texts";
import { LoginPage } from "./page";
import { arrive } from "./going";

const page = document.getElementById("page");
if (page) {
  speak(wishedLanguage(), false);
  language.subscribe(() => (document.title = `${t("login.title")} – ${t("app.name")}`));
  render(<LoginPage />, page);
  void arrive();
}
