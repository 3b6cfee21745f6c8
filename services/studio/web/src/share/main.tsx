// What a shared link leads to, to be read.

import { render } from "preact";

import "../parts/room.css";
import "../teaching/teaching.css";
import { connect } from "../state/served";
import { language, speak, t, wishedLanguage } from "../texts/texts";
import { SharePage } from "./page";
import { follow } from "./store";

const page = document.getElementById("page");
if (page) {
  speak(wishedLanguage(), false);
  language.subscribe(() => (document.title = t("share.page")));
  render(<SharePage />, page);
  follow();
  void connect();
}
