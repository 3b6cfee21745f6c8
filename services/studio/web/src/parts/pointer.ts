// What somebody points with: words about it are other words where fingers do it, without keys, wheel or a right button.

import { signal } from "@preact/signals";

import { t, type TextKey } from "../texts/texts";

const coarse = globalThis.matchMedia?.("(pointer: coarse)");

export const byFingers = signal(coarse?.matches ?? false);
coarse?.addEventListener?.("change", ({ matches }) => (byFingers.value = matches));

// Keys that have another text for fingers: the same with ".touch".
export type Pointed = { [Key in TextKey]: `${Key}.touch` extends TextKey ? Key : never }[TextKey];

export const pointed = (key: Pointed, values: Record<string, string | number> = {}): string => t(byFingers.value ? `${key}.touch` : key, values);
