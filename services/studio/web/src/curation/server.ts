// What the studio's own server does for curation, beside the RPCs: services/studio/curation.py.

import { t } from "../texts/texts";
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

// The server has answered, and said no.
export class Refusal extends Error {}

async function ask<Answer>(address: string, body?: object, signal?: AbortSignal): Promise<Answer> {
  const content = body ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {};
  const response = await fetch(address, { ...content, ...(signal ? { signal } : {}) });
  if (response.ok) return (await response.json()) as Answer;
  const answer = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
  throw new Refusal(answer?.error?.message ?? t("error.unknown", { message: `HTTP ${response.status}` }));
}

export const server = () => ask<Server>("curation");

export const writeVersion = (catalogue: Catalogue, version: string) => ask<Written>("curation", { catalogue, version });

// Of one direction as catalogue.json has it.
export const measureEffects = async (direction: object) =>
  (await ask<{ side_effects: SideEffect[] }>("curation/effects", { direction })).side_effects;
