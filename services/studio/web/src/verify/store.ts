// The file that was chosen, and what is said of it.

import { signal } from "@preact/signals";

import type { VerifyImageResponse } from "../protos/mammoganesis/v1/registry_pb";
import { registryService } from "../rpc/clients";
import { messageOf } from "../rpc/failures";
import { language } from "../texts/texts";

export interface Judged {
  name: string;
  file: File;
  answer: VerifyImageResponse;
}

export const judged = signal<Judged | null>(null);
export const asking = signal(""); // the name of the file that is being looked at; "": none
export const failure = signal("");

let last = 0; // only the file that was chosen last is shown
let chosen: File | undefined;

export async function judge(file: File | undefined): Promise<void> {
  if (!file) return;
  chosen = file;
  last += 1;
  const mine = last;
  judged.value = null;
  failure.value = "";
  asking.value = file.name;
  try {
    const answer = await registryService.verifyImage({ image: new Uint8Array(await file.arrayBuffer()), language: language.peek() });
    if (mine === last) judged.value = { name: file.name, file, answer };
  } catch (error) {
    if (mine === last) failure.value = messageOf(error);
  }
  if (mine === last) asking.value = "";
}

// The same file anew, in the language of now, also while it is being looked at.
export const judgeAgain = () => judge(chosen);
