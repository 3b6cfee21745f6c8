import { render } from "preact";

import "../parts/room.css";
import "./studio.css";
import { connect } from "../state/served";
import { followAddress } from "../state/store";
import { speak, wishedLanguage } from "../texts/texts";
import { App } from "./app";
import { listenForKeys } from "./keys";
import { tellTheFrame } from "./framed";

const page = document.getElementById("page");
if (page) {
  speak(wishedLanguage(), false);
  followAddress([]);
  render(<App />, page);
  listenForKeys();
  tellTheFrame();
  void connect(true, (fields) => fields.length > 0 && followAddress(fields)); // "#seed=5&view=MLO" names fields that only the model knows
}
