// The words that a person reads, in the language of the page. A language is a folder beside this file, with every key of `en`.

import { computed, signal } from "@preact/signals";

import { keep, kept } from "../state/keeping";
import { en, type TextKey, type Texts } from "./en/en";
import { fr } from "./fr/fr";

export type { TextKey };

const LANGUAGES = { en: { name: "English", texts: en as Texts }, fr: { name: "Français", texts: fr } } as const;
export type Language = keyof typeof LANGUAGES;
export const languages = Object.entries(LANGUAGES).map(([code, { name }]) => ({ code: code as Language, name }));

const REMEMBERED = "mammoganesis.language";

export function isLanguage(code: string | null | undefined): code is Language {
  return code != null && code in LANGUAGES;
}

// The one that is told, the one asked for in the address (?lang=fr), the one chosen last, or the first of the browser's that there is.
export function wishedLanguage(told = ""): Language {
  const asked = new URLSearchParams(location.search).get("lang");
  const preferred = [told, asked, kept(REMEMBERED), ...navigator.languages.map((tag) => tag.split("-")[0])];
  return preferred.find(isLanguage) ?? "en";
}

export const language = signal<Language>("en");

export function speak(code: Language, remember = true): void {
  if (remember) keep(REMEMBERED, code);
  language.value = code;
  document.documentElement.lang = code;
}

// Of dates and times: the day before the month, and hours to 24, in every language.
export const ofDates = computed(() => (language.value === "en" ? "en-GB" : language.value));

const texts = computed(() => LANGUAGES[language.value].texts);
const plurals = computed(() => new Intl.PluralRules(language.value));

// The text of a key, {names} in it replaced by values.
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  return texts.value[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

// The text for a number of things: `key`.one or `key`.other, {count} in it replaced.
export function counted(key: string, count: number, values: Record<string, string | number> = {}): string {
  const form = plurals.value.select(count) === "one" ? "one" : "other";
  return t(`${key}.${form}` as TextKey, { count: number(count), ...values });
}

// The text of a key that may not be there, such as the name of a direction that only its bundle knows.
export function known(key: string, otherwise: string, values: Record<string, string | number> = {}): string {
  return key in texts.value ? t(key as TextKey, values) : otherwise;
}

// What a bundle notes of a direction or a region. It is said in the language of the page where it is the note that the catalogue knows: a bundle may
// call something else by the same name.
export function noteOf(kind: "direction" | "region", name: string, note: string): string {
  const key = `${kind}.${name}.note`;
  return note !== "" && (en as Record<string, string>)[key] === note ? t(key as TextKey) : note;
}

// Several things, as the language lists them: "a, b or c".
export const listed = (texts: string[]): string => new Intl.ListFormat(language.value, { type: "disjunction" }).format(texts);

export function number(value: number, digits = 0): string {
  return value.toLocaleString(language.value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

// Points of a score: a digit after the point where there is one.
export const pointsText = (value: number): string => number(value, Number.isInteger(value) ? 0 : 1);

// A number as it is written into a field: with the language's point, and no mark between thousands.
export const written = (value: number): string => String(value).replace(".", /\d(\D)\d/.exec(number(1.5, 1))?.[1] ?? ".");

// A displacement: its sign is always written.
export function signed(value: number, digits = 1): string {
  const zero = Math.abs(value) < 0.5 * 10 ** -digits;
  return zero ? number(0, digits) : `${value < 0 ? "\u2212" : "+"}${number(Math.abs(value), digits)}`;
}

export function percent(share: number): string {
  return share.toLocaleString(language.value, { style: "percent", maximumFractionDigits: share < 0.1 ? 1 : 0 });
}

// A share that tells how much two pictures are alike. What is below 1 is never written as 100%: it has as many digits, up to two, as tell it from
// that, or is said to be above the last number that has.
export function likeness(share: number): string {
  const written = (value: number, digits: number) =>
    value.toLocaleString(language.value, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });
  const digits = share >= 1 ? 0 : [0, 1, 2].find((many) => Math.round(share * 100 * 10 ** many) < 100 * 10 ** many);
  return digits === undefined ? `>${written(0.9999, 2)}` : written(Math.min(share, 1), digits);
}
