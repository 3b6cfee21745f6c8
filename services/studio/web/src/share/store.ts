// What a shared link leads to: "#<token>", "#<token>/<case_id>" for a case of a collection.

import { signal } from "@preact/signals";

import type { OpenLinkResponse } from "../protos/mammoganesis/v1/cases_pb";
import { caseService } from "../rpc/clients";
import { isMissing, messageWhileAsking, retryAfter } from "../rpc/failures";
import { link } from "../session/session";
import { t } from "../texts/texts";

export interface Address {
  token: string;
  caseId: string; // "": none of a collection's
}

export function readAddress(hash: string): Address {
  const [token = "", caseId = ""] = hash.replace(/^#/, "").split("/");
  return { token, caseId };
}

export const address = signal<Address>({ token: "", caseId: "" });
export const opened = signal<OpenLinkResponse | null>(null);
export const failure = signal("");
export const refused = signal(false); // it leads nowhere; otherwise it is asked again

export function follow(): void {
  const read = () => {
    address.value = readAddress(location.hash);
    link.token = address.value.token;
    opened.value = null;
    failure.value = "";
    refused.value = false;
    void ask(address.value);
  };
  addEventListener("hashchange", read);
  read();
}

async function ask(asked: Address): Promise<void> {
  try {
    const answer = await caseService.openLink(asked);
    if (asked === address.value) opened.value = answer;
  } catch (error) {
    if (asked !== address.value) return;
    failure.value = isMissing(error) ? t("share.notThereWhy") : messageWhileAsking(error);
    const seconds = retryAfter(error);
    refused.value = seconds === null;
    if (seconds !== null) setTimeout(() => asked === address.value && void ask(asked), 1000 * seconds);
  }
}
