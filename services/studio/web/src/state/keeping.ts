// What the browser keeps for a page. It may refuse, as in a frame of another site, or have no room.

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

export function keepsNothing(): boolean {
  try {
    return !window.localStorage;
  } catch {
    return true;
  }
}
