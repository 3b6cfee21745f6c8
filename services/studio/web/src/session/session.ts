// Who is logged in. The studio says so each time; nothing of it is kept here but the token that a change brings, which is the browser's cookie.

import { computed, signal } from "@preact/signals";

import { language } from "../texts/texts";

export const TOKEN_HEADER = "x-mammoganesis-token";
const LINK_HEADER = "x-mammoganesis-link";
const TOKEN_COOKIE = "__Host-mammoganesis-token=";
const LOGGED_IN = "in";

export interface Session {
  name: string;
  who: string; // tells two people apart, and nothing else
  roles: string[];
  unmarked: boolean; // whether images without the mark may be taken
  pages: Record<string, string[]>; // roles that may have each
}

// "" where nobody is logged in, and where nobody need be.
export const token = () => document.cookie.split("; ").find((cookie) => cookie.startsWith(TOKEN_COOKIE))?.slice(TOKEN_COOKIE.length) ?? "";
export const link = { token: "" }; // that the page shows, for whoever has no login
export const proof = (): Record<string, string> => ({
  ...(token() ? { [TOKEN_HEADER]: token() } : {}),
  ...(link.token ? { [LINK_HEADER]: link.token } : {}),
});

export const session = signal<Session | null>(null);
export const ended = signal(false); // somebody was logged in, and is no more
export const mayHave = (page: string): boolean => session.value?.pages[page]?.some((role) => session.value?.roles.includes(role)) ?? !token();
export const mayTakeUnmarked = (): boolean => session.value?.unmarked ?? !token();
export const account = computed(() => (session.value ? { ...session.value, name: session.value.name || session.value.roles.join(", ") } : null));

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("mammoganesis.session") : null;
const address = (path: string) => new URL(path, document.baseURI).href;
let waiting: { again: (is: boolean) => void }[] = [];

// Asks who is logged in; null for nobody.
export async function ask(): Promise<Session | null> {
  const answer = await fetch(address("session"), { headers: { accept: "application/json" } });
  return answer.ok ? ((await answer.json()) as Session) : null;
}

// What a page does first where somebody is logged in.
export async function follow(): Promise<void> {
  if (!token()) return;
  channel?.addEventListener("message", () => void look());
  addEventListener("focus", () => ended.value && void look());
  await look();
}

async function look(): Promise<void> {
  const found = await ask().catch(() => undefined); // undefined: the studio is not there, which others tell
  if (found === undefined) return;
  if (found && session.value && found.who !== session.value.who) location.reload(); // what is on show is another person's
  if (found) {
    session.value = found;
    ended.value = false;
  } else if (session.value) ended.value = true;
  if (found) settle(true);
}

// A call found nobody logged in. Resolves once somebody has logged in again: then it can be made again. False: that will not be.
export async function again(): Promise<boolean> {
  if (!session.value) return false;
  ended.value = true;
  return new Promise((resolve) => waiting.push({ again: resolve }));
}

// Who waits for a login need not wait any more.
export function giveUp(): void {
  ended.value = false;
  settle(false);
}

function settle(is: boolean): void {
  for (const one of waiting) one.again(is);
  waiting = [];
}

// Tells the other windows that somebody has logged in.
export const tellOthers = () => channel?.postMessage(LOGGED_IN);

export const startAddress = () => `login/start?lang=${language.value}`;

// Ends the session, here and at the identity provider.
export async function logOut(): Promise<void> {
  const answer = await fetch(address("logout"), { method: "POST", headers: proof() });
  const { address: on } = answer.ok ? ((await answer.json()) as { address: string }) : { address: "" };
  location.assign(on || address("login?out"));
}
