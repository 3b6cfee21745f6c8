import type { Texts } from "../texts";
import { common } from "./common";
import { help } from "./help";
import { studio } from "./studio";
import { words } from "./words";

export const fr: Texts = { ...common, ...help, ...studio, ...words };
