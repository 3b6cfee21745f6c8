// What went wrong with a call, for a person.

import { Code, ConnectError } from "@connectrpc/connect";

import { t } from "../texts/texts";
import { Refusal } from "./studio";

export const isCancelled = (error: unknown) =>
  (error instanceof ConnectError && error.code === Code.Canceled) || (error instanceof DOMException && error.name === "AbortError");

// Whether the same call may work in a while, and how many seconds to wait at least.
export function retryAfter(error: unknown): number | null {
  if (!(error instanceof ConnectError)) return error instanceof TypeError ? 1 : null; // fetch: nobody there
  if (error.code !== Code.Unavailable && !(error.code === Code.ResourceExhausted && error.metadata.has("retry-after"))) return null;
  return Math.max(1, Number(error.metadata.get("retry-after") ?? 1) || 1);
}

// Whoever asks is known, and none of their roles may.
export const isDenied = (error: unknown) => error instanceof ConnectError && error.code === Code.PermissionDenied;

export const isUnreachable = (error: unknown) => error instanceof TypeError;

export function messageOf(error: unknown): string {
  if (error instanceof ConnectError && error.code !== Code.Unavailable) return error.rawMessage;
  if (error instanceof Refusal) return error.message;
  if (retryAfter(error) !== null) return t("server.lost");
  return t("error.unknown", { message: error instanceof Error ? error.message : String(error) });
}
