// Keys of the curation page. Letters act on the card that has the focus; they can be switched off, as some people speak to their computer.

import { signal } from "@preact/signals";

import { keep, kept } from "../state/keeping";
import type { Decision } from "./draft";
import { changeComponent, changeRegion } from "./store";

const KEPT = "mammoganesis.curation.keys";

export const KEYS = [
  { key: "j", does: "next" },
  { key: "k", does: "previous" },
  { key: "u", does: "keep" },
  { key: "x", does: "reject" },
  { key: "o", does: "undecided" },
  { key: "n", does: "name" },
  { key: "e", does: "effects" },
  { key: "g", does: "jump" },
  { key: "/", does: "find" },
  { key: "?", does: "keys" },
  { key: "Esc", does: "back" },
] as const;

type Action = (typeof KEYS)[number]["does"];

export const acting = signal(kept(KEPT) !== "off");
export const shown = signal(false); // the list of keys

export function setActing(on: boolean): void {
  acting.value = on;
  keep(KEPT, on ? "on" : "off");
}

const isTyped = (target: EventTarget | null) =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type));

export function listenForKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const key = event.key === "Escape" ? "Esc" : event.key;
    const action = KEYS.find((one) => one.key === key)?.does;
    if (!action || (key !== "Esc" && (isTyped(event.target) || !acting.value))) return;
    if (act(action)) event.preventDefault();
  });
}

const cards = () => [...document.querySelectorAll<HTMLElement>(".card")];
const here = () => document.activeElement?.closest<HTMLElement>(".card") ?? null;

// Whether there was something to do.
function act(action: Action): boolean {
  const card = here();
  switch (action) {
    case "next":
    case "previous":
      return goTo(neighbour(card, action === "next" ? 1 : -1));
    case "keep":
    case "reject":
    case "undecided":
      return card !== null && decide(card, action);
    case "name":
      return focus(card?.querySelector("[data-field=name]"));
    case "effects":
      card?.querySelector<HTMLElement>(".effects button")?.click();
      return card !== null;
    case "jump":
      return focus(document.getElementById("jump"));
    case "find":
      return focus(document.getElementById("find"));
    case "keys":
      shown.value = true;
      return true;
    case "back":
      return card !== null && card !== document.activeElement && goTo(card);
  }
}

function neighbour(card: HTMLElement | null, step: number): HTMLElement | undefined {
  const all = cards();
  return card ? all[all.indexOf(card) + step] : all.at(step > 0 ? 0 : -1);
}

export function goTo(card: HTMLElement | null | undefined): boolean {
  card?.focus({ preventScroll: true });
  card?.scrollIntoView({ block: "start" });
  return Boolean(card);
}

function decide(card: HTMLElement, decision: Decision): boolean {
  const [kind, text] = card.id.split("-");
  const index = Number(text);
  if (kind === "component") changeComponent(index, (one) => ({ ...one, decision }));
  else changeRegion(index, { decision });
  return true;
}

function focus(element: Element | null | undefined): boolean {
  if (!(element instanceof HTMLElement)) return false;
  element.focus();
  if (element instanceof HTMLInputElement) element.select();
  return true;
}
