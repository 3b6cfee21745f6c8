// Lists that services answer page by page, and how a search asks again.

import type { TargetedKeyboardEvent } from "preact";
import { useEffect, useState } from "preact/hooks";

import { isCancelled, messageWhileAsking, retryAfter } from "../rpc/failures";
import { refreshed } from "./acts";

export interface Page<Thing> {
  things: Thing[];
  next: string; // token of the next page; "" on the last
}

export interface Listed<Thing> {
  things: Thing[] | null; // null: not there yet
  failure: string;
  more: (() => void) | null; // null: there are no more
}

// For a search field: Enter asks again although nothing has changed, as a reload would; what has changed asks by itself. No form is sent.
export const onEnter = (changed: (text: string) => boolean, again: () => void) => (event: TargetedKeyboardEvent<HTMLInputElement>) => {
  if (event.key !== "Enter" || event.isComposing) return;
  if (event.currentTarget.form) event.preventDefault();
  if (!changed(event.currentTarget.value)) again();
};

export const askAgain = () => void (refreshed.value += 1);

// `ask`: one page of a list; asked again when `key` changes and when something was done that changes lists.
export function useList<Thing>(key: string, ask: (token: string, signal: AbortSignal) => Promise<Page<Thing>>): Listed<Thing> {
  const [things, setThings] = useState<Thing[] | null>(null);
  const [next, setNext] = useState("");
  const [failure, setFailure] = useState("");
  const [controller, setController] = useState(() => new AbortController());
  const load = (token: string, { signal }: AbortController): void => {
    ask(token, signal).then(
      (page) => {
        if (signal.aborted) return;
        setFailure("");
        setThings((before) => (token && before ? [...before, ...page.things] : page.things));
        setNext(page.next);
      },
      (error: unknown) => {
        if (isCancelled(error) || signal.aborted) return;
        setFailure(messageWhileAsking(error));
        const seconds = retryAfter(error);
        if (seconds !== null) setTimeout(() => !signal.aborted && load(token, { signal } as AbortController), 1000 * seconds);
      },
    );
  };
  useEffect(() => {
    const fresh = new AbortController();
    setController(fresh);
    load("", fresh);
    return () => fresh.abort();
  }, [key, refreshed.value]);
  return { things, failure, more: next ? () => load(next, controller) : null };
}
