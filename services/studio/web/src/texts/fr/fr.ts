import type { Texts } from "../texts";
import { common } from "./common";

export const fr: Texts = { ...common };
