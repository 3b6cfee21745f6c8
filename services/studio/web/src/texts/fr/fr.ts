import names from "../../../../../../mammoganesis/texts/names/fr.json";
import type { Texts } from "../en/en";
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

// The catalogue is written with the spaces of a keyboard. French has one before ; : ! ? % and within « », at which no line may end.
const unbroken = (text: string) => text.replace(/ (?=[;!?%](?!\w))/gu, "\u202f").replace(/ (?=[:»])|(?<=«) /gu, "\u00a0");

const written: Texts = { ...audit, ...cases, ...common, ...curation, ...deeds, ...edit, ...help, ...jobs, ...login, ...lti, ...names, ...quiz, ...reading, ...results, ...start, ...studio, ...study, ...teaching, ...verify, ...words, ...viewer };

export const fr = Object.fromEntries(Object.entries(written).map(([key, text]) => [key, unbroken(text)])) as Texts;
