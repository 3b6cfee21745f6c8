// A menu that opens over the page is put away by Escape, and by whatever is done elsewhere.

import { useEffect, useRef } from "preact/hooks";

// For an element that holds what belongs to the menu: its first <details>, or it itself.
export function usePutAway<Whole extends HTMLElement>() {
  const whole = useRef<Whole>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const { current } = whole;
      const menu = current instanceof HTMLDetailsElement ? current : current?.querySelector("details");
      if (!current || !menu?.open) return;
      if (event instanceof KeyboardEvent ? event.key !== "Escape" : current.contains(event.target as Node)) return;
      menu.open = false;
      if (event instanceof KeyboardEvent) menu.querySelector("summary")?.focus();
    };
    const names = ["keydown", "pointerdown", "focusin"] as const;
    for (const name of names) document.addEventListener(name, close);
    return () => {
      for (const name of names) document.removeEventListener(name, close);
    };
  }, []);
  return whole;
}
