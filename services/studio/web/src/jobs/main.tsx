// The page of bulk jobs: what is being made on the server, and a form for more.

import { render } from "preact";

import "../parts/room.css";
import "../teaching/teaching.css";
import "../study/study.css"; // forms look as those of studies
import "./jobs.css";
import { connect } from "../state/served";
import { language, speak, t, wishedLanguage } from "../texts/texts";
import { JobsPage } from "./page";
import { follow } from "./store";

const page = document.getElementById("page");
if (page) {
  speak(wishedLanguage(), false);
  language.subscribe(() => (document.title = `${t("jobs.title")} – ${t("app.name")}`));
  render(<JobsPage />, page);
  follow();
  void connect();
}
