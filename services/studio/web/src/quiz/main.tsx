// The page of a taker.

import { render } from "preact";

import "../parts/room.css";
import "../teaching/teaching.css";
import { language, speak, t, wishedLanguage } from "../texts/texts";
import { isFramed } from "./address";
import { QuizPage } from "./page";
import { open } from "./store";
import { tell } from "../parts/messenger";

const page = document.getElementById("page");
if (page) {
  speak(wishedLanguage(), false);
  language.subscribe(() => (document.title = t("quiz.page")));
  const framed = isFramed(location.search);
  document.documentElement.classList.toggle("framed", framed);
  render(<QuizPage framed={framed} />, page);
  new ResizeObserver(() => tell({ type: "height", height: page.scrollHeight })).observe(page);
  void open();
}
