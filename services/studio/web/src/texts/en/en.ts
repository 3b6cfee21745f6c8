import names from "../../../../../../mammoganesis/texts/names/en.json";
import { cases } from "./cases";
import { common } from "./common";
import { curation } from "./curation";
import { edit } from "./edit";
import { help } from "./help";
import { jobs } from "./jobs";
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

export const en = { ...cases, ...common, ...curation, ...edit, ...help, ...jobs, ...names, ...quiz, ...reading, ...results, ...start, ...studio, ...study, ...teaching, ...verify, ...words, ...viewer } as const;
