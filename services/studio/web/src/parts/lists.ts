// Lists that services answer page by page.

import { useEffect, useState } from "preact/hooks";

import { isCancelled, messageOf, retryAfter } from "../rpc/failures";
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
        setFailure(messageOf(error));
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
