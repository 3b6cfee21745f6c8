import type { Texts } from "../texts";
import { common } from "./common";
import { studio } from "./studio";
import { words } from "./words";

export const fr: Texts = { ...common, ...studio, ...words };
