// The page that says whose image a file is.

import { render } from "preact";

import "../parts/room.css";
import "./verify.css";
import { connect } from "../state/served";
import { language, speak, t, wishedLanguage } from "../texts/texts";
import { VerifyPage } from "./page";

const page = document.getElementById("page");
if (page) {
  speak(wishedLanguage(), false);
  language.subscribe(() => (document.title = `${t("verify.title")} – ${t("app.name")}`));
  render(<VerifyPage />, page);
  void connect(false);
}
