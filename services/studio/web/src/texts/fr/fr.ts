import type { Texts } from "../texts";
import { cases } from "./cases";
import { common } from "./common";
import { curation } from "./curation";
import { edit } from "./edit";
import { help } from "./help";
import { quiz } from "./quiz";
import { start } from "./start";
import { studio } from "./studio";
import { teaching } from "./teaching";
import { words } from "./words";
import { viewer } from "./viewer";

export const fr: Texts = { ...cases, ...common, ...curation, ...edit, ...help, ...quiz, ...start, ...studio, ...teaching, ...words, ...viewer };
