// What the browser keeps for a page. It may refuse, as in a frame of another site, or have no room.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

type Where = "localStorage" | "sessionStorage";

export function kept(key: string, where: Where = "localStorage"): string | null {
  try {
    return window[where].getItem(key);
  } catch {
    return null;
  }
}

// Whether it is kept from here on.
export function keep(key: string, text: string, where: Where = "localStorage"): boolean {
  try {
    window[where].setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

export function forget(key: string, where: Where = "localStorage"): void {
  try {
    window[where].removeItem(key);
  } catch {
    // there is nothing to forget
  }
}

// The name of a secret link, under which something of it is kept: whoever looks into this browser later cannot open the link by it. crypto.subtle would do, but is not
// there where a studio is served without TLS.
export const nameOf = (token: string): string => bytesToHex(sha256(utf8ToBytes(token)));

export function keepsNothing(): boolean {
  try {
    return !window.localStorage;
  } catch {
    return true;
  }
}
