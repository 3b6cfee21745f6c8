// What the studio's own server does for curation, beside the RPCs: services/studio/curation.py.

import { ask } from "../rpc/studio";
import type { Catalogue, SideEffect } from "./draft";

export interface Server {
  writes: boolean;
  max_name_characters: number;
  max_note_characters: number;
  max_version_characters: number;
}

export interface Written {
  folder: string;
  version: string;
  digest: string;
}

const answerOf = async <Answer>(address: string, body?: object) => (await ask(address, body)).json() as Promise<Answer>;

export const server = () => answerOf<Server>("curation");

export const writeVersion = (catalogue: Catalogue, version: string) => answerOf<Written>("curation", { catalogue, version });

// Of one direction as catalogue.json has it.
export const measureEffects = async (direction: object) =>
  (await answerOf<{ side_effects: SideEffect[] }>("curation/effects", { direction })).side_effects;
