// The page of reader studies: design, real images, preparation, readers, results; and the size of a study.

import { render } from "preact";

import "../parts/room.css";
import "../teaching/teaching.css";
import "./study.css";
import { connect } from "../state/served";
import { language, speak, t, wishedLanguage } from "../texts/texts";
import { StudiesPage } from "./page";
import { follow } from "./store";

const page = document.getElementById("page");
if (page) {
  speak(wishedLanguage(), false);
  language.subscribe(() => (document.title = `${t("studies.title")} – ${t("app.name")}`));
  render(<StudiesPage />, page);
  follow();
  void connect();
}
