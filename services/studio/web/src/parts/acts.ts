// What a person does on a page, and what is said of it.

import { signal } from "@preact/signals";

import { messageOf } from "../rpc/failures";

export const told = signal<{ text: string; undo?: () => Promise<void> } | null>(null); // what was done, and how it is undone
export const failure = signal(""); // why something could not be done
export const refreshed = signal(0); // grows when lists must be asked for again

// Something that is done at once; says why when it cannot be. `done`: what to say, and how it is undone.
export async function act(work: () => Promise<unknown>, done?: { text: string; undo?: () => Promise<unknown> }): Promise<boolean> {
  failure.value = "";
  try {
    await work();
  } catch (error) {
    failure.value = messageOf(error);
    return false;
  }
  refreshed.value += 1;
  const { text, undo } = done ?? {};
  told.value = text === undefined ? null : { text, ...(undo ? { undo: async () => void (await act(undo)) } : {}) };
  return true;
}
