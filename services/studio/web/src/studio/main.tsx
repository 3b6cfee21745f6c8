import { render } from "preact";

import "../parts/room.css";
import "./studio.css";
import { connect, labelFields } from "../state/served";
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
  await connect();
  const fields = labelFields.value.map(({ name }) => name);
  if (fields.length > 0) followAddress(fields); // "#seed=5&view=MLO" names fields that only the model knows
}
