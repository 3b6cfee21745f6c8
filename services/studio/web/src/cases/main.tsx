// The page of cases: lists, the editor, quizzes and their results.

import { render } from "preact";

import "../parts/room.css";
import "../teaching/teaching.css";
import "./cases.css";
import { connect } from "../state/served";
import { language, speak, t, wishedLanguage } from "../texts/texts";
import { CasesPage } from "./page";
import { follow } from "./store";

const page = document.getElementById("page");
if (page) {
  speak(wishedLanguage(), false);
  language.subscribe(() => (document.title = `${t("cases.title")} – ${t("app.name")}`));
  render(<CasesPage />, page);
  follow();
  void connect();
}
