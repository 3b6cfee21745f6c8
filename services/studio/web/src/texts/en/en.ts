import { cases } from "./cases";
import { common } from "./common";
import { curation } from "./curation";
import { help } from "./help";
import { quiz } from "./quiz";
import { start } from "./start";
import { studio } from "./studio";
import { teaching } from "./teaching";
import { words } from "./words";

export const en = { ...common, ...cases, ...curation, ...help, ...quiz, ...start, ...studio, ...teaching, ...words } as const;
