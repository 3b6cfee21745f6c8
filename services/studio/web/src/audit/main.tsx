// The page of the audit log: who did what, and whether the log is unbroken.

import { render } from "preact";

import "../parts/room.css";
import "../teaching/teaching.css";
import "../study/study.css"; // lists and chips look as those of studies
import "./audit.css";
import { language, speak, t, wishedLanguage } from "../texts/texts";
import { AuditPage } from "./page";
import { follow } from "./store";

const page = document.getElementById("page");
if (page) {
  speak(wishedLanguage(), false);
  language.subscribe(() => (document.title = `${t("audit.title")} – ${t("app.name")}`));
  render(<AuditPage />, page);
  follow();
}
