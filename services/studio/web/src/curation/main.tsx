import { effect } from "@preact/signals";
import { render } from "preact";

import { connect, watch } from "../state/served";
import { language, speak, t, wishedLanguage } from "../texts/texts";
import { App } from "./app";
import "../parts/room.css";
import "./curation.css";
import { listenForKeys } from "./keys";
import { follow } from "./store";

speak(wishedLanguage(), false);
effect(() => {
  void language.value;
  document.title = t("curation.page");
});
follow();
listenForKeys();
void connect();
watch();
const page = document.getElementById("page");
if (page) render(<App />, page);
