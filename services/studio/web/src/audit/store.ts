// Which entries are on show, as it stands in the address: reload, back and a copied link show the same.

import { signal } from "@preact/signals";

export const FIELDS = ["who", "action", "outcome", "about", "from", "to"] as const;
export type Filter = Record<(typeof FIELDS)[number], string>; // "": any; from, to: days such as 2026-11-29, both included

export const ALL: Filter = { who: "", action: "", outcome: "", about: "", from: "", to: "" };

const LONGEST = 1200;
const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

// What an address says; what it says amiss is left away.
export function readAddress(hash: string): Filter {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const said = (name: keyof Filter) => (parts.get(name) ?? "").slice(0, LONGEST);
  const day = (name: keyof Filter) => (isDay(said(name)) ? said(name) : "");
  return { who: said("who"), action: said("action"), outcome: said("outcome"), about: said("about"), from: day("from"), to: day("to") };
}

export const addressOf = (filter: Filter): string => `#${new URLSearchParams(FIELDS.filter((name) => filter[name]).map((name) => [name, filter[name]]))}`;

export const head = signal<bigint | null>(null); // number of the newest entry; null: not known yet

export const filter = signal<Filter>(readAddress(location.hash));

export function choose(change: Partial<Filter>): void {
  const next = { ...filter.value, ...change };
  if (addressOf(next) === addressOf(filter.value)) return;
  history.pushState(null, "", addressOf(next));
  filter.value = next;
}

export const follow = () => addEventListener("popstate", () => (filter.value = readAddress(location.hash)));
