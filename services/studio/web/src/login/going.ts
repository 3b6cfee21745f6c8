// Where somebody goes who logs in: kept in this window while they are at the identity provider, with what stands after the "#", which no server sees.

import { signal } from "@preact/signals";

import { ADDRESSES, PAGES } from "../parts/frame";
import { ask, startAddress, tellOthers, token, type Session } from "../session/session";
import { forget, keep, kept } from "../state/keeping";

const KEPT = "mammoganesis.login";
const FAILURES = ["provider", "denied", "answer", "begun", "often", "setup"] as const;
export type Failure = (typeof FAILURES)[number];

export const stage = signal<"looking" | "out" | "in">("looking");

const query = new URLSearchParams(location.search);
export const hasLeft = query.has("out");
export const failure = FAILURES.find((one) => one === query.get("failed")) ?? null;

interface Going {
  to: string; // relative to the studio
  again: boolean; // another window waits for the login
}

// Within the studio, whatever an address says; its first page for what leads elsewhere.
export function own(to: string, base: string): string {
  const home = new URL(".", base);
  try {
    const url = new URL(to, home);
    const within = url.origin === home.origin && url.pathname.startsWith(home.pathname) && !/\/login(\/|$)/.test(url.pathname);
    return within ? url.href : home.href;
  } catch {
    return home.href;
  }
}

// Where somebody begins who asked for no page: at the first that is for their roles.
export function firstPage({ roles, pages }: Pick<Session, "roles" | "pages">): string {
  const name = PAGES.find((one) => pages[one]?.some((role) => roles.includes(role)));
  return name ? ADDRESSES[name] : "";
}

function remembered(): Going | null {
  try {
    const { to, again } = JSON.parse(kept(KEPT, "sessionStorage") ?? "{}") as Partial<Going>;
    return typeof to === "string" ? { to, again: again === true } : null;
  } catch {
    return null;
  }
}

// To the identity provider, from here or from where a login that has failed came from.
export function start(): void {
  const asked = query.has("to") || query.has("again") ? { to: (query.get("to") ?? "") + location.hash, again: query.has("again") } : null;
  keep(KEPT, JSON.stringify(asked ?? remembered() ?? { to: "", again: false }), "sessionStorage");
  location.assign(startAddress());
}

// On, where somebody is logged in.
export async function arrive(): Promise<void> {
  const session = token() ? await ask().catch(() => null) : null;
  if (!session) {
    stage.value = "out";
    return;
  }
  const { to, again } = remembered() ?? { to: (query.get("to") ?? "") + location.hash, again: query.has("again") };
  forget(KEPT, "sessionStorage");
  if (!again) {
    location.replace(own(to || firstPage(session), document.baseURI));
    return;
  }
  stage.value = "in";
  tellOthers();
  window.close();
}
