// Questions to the services about what the state is: one is on its way at a time, and of those that come meanwhile only the latest is asked.

import { signal } from "@preact/signals";

import { isCancelled, messageOf, retryAfter } from "../../rpc/failures";
import { lost } from "../../state/served";

export interface Asked<Answer> {
  readonly answer: { readonly value: { readonly key: string; readonly is: Answer } | null }; // the last one there is; its key says to what
  readonly failure: { readonly value: string }; // of the latest question; "" for none
  // The question that stands, by a key that two of the same share; null: none. What finds nobody there is asked again when it is said again.
  want(key: string | null, ask?: (signal: AbortSignal) => Promise<Answer>): void;
}

// `onLost`: told of a call that found nobody there.
export function createAsked<Answer>(onLost: (error: unknown) => void = lost): Asked<Answer> {
  const answer = signal<{ key: string; is: Answer } | null>(null);
  const failure = signal("");
  let wish: { key: string; ask: (signal: AbortSignal) => Promise<Answer> } | null = null;
  let running: AbortController | null = null;

  function next(): void {
    if (!wish || running || answer.peek()?.key === wish.key) return;
    const [mine, controller] = [wish, new AbortController()];
    running = controller;
    mine
      .ask(controller.signal)
      .then(
        (is) => {
          answer.value = { key: mine.key, is };
          failure.value = "";
        },
        (error: unknown) => {
          if (isCancelled(error) || wish?.key !== mine.key) return;
          if (retryAfter(error) !== null) onLost(error); // comes back with the next generation
          else failure.value = messageOf(error);
        },
      )
      .finally(() => {
        if (running === controller) running = null;
        if (wish?.key !== mine.key) next();
      });
  }

  return {
    answer,
    failure,
    want(key, ask) {
      failure.value = "";
      wish = key !== null && ask ? { key, ask } : null;
      if (wish) next();
      else running?.abort();
    },
  };
}
