// The page of a reader.

import { render } from "preact";

import "../parts/room.css";
import "../teaching/teaching.css";
import "./reading.css";
import { readAddress } from "../quiz/address";
import { language, speak, t, wishedLanguage } from "../texts/texts";
import { waitForDebrief } from "./debriefing";
import { ReaderPage } from "./page";
import { watch } from "./sight";
import { open, token, unsent } from "./store";

const page = document.getElementById("page");
if (page) {
  speak(wishedLanguage(), false);
  language.subscribe(() => (document.title = t("reading.page")));
  watch();
  waitForDebrief();
  render(<ReaderPage />, page);
  addEventListener("beforeunload", (event) => unsent.value.length > 0 && event.preventDefault());
  addEventListener("hashchange", () => readAddress(location.hash, 0).token !== token.value && location.reload()); // another reader's link, in the same tab
  void open();
}
