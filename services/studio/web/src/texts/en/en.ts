import names from "../../../../../../mammoganesis/texts/names/en.json";
import { audit } from "./audit";
import { cases } from "./cases";
import { common } from "./common";
import { curation } from "./curation";
import { deeds } from "./deeds";
import { edit } from "./edit";
import { help } from "./help";
import { jobs } from "./jobs";
import { login } from "./login";
import { lti } from "./lti";
import { quiz } from "./quiz";
import { reading } from "./reading";
import { results } from "./results";
import { start } from "./start";
import { studio } from "./studio";
import { study } from "./study";
import { teaching } from "./teaching";
import { words } from "./words";
import { verify } from "./verify";
import { viewer } from "./viewer";

export const en = { ...audit, ...cases, ...common, ...curation, ...deeds, ...edit, ...help, ...jobs, ...login, ...lti, ...names, ...quiz, ...reading, ...results, ...start, ...studio, ...study, ...teaching, ...verify, ...words, ...viewer } as const;

export type TextKey = keyof typeof en;
export type Texts = Record<TextKey, string>;
