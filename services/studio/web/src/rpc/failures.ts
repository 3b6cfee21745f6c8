// What went wrong with a call, for a person.

import { Code, ConnectError } from "@connectrpc/connect";

import { clock } from "../parts/when";
import { t, type TextKey } from "../texts/texts";
import { Refusal, Told } from "./studio";

export const isCancelled = (error: unknown) =>
  (error instanceof ConnectError && error.code === Code.Canceled) || (error instanceof DOMException && error.name === "AbortError");

const SOON = 5; // seconds that somebody waits without being told why
const PATIENCE = 90; // seconds after which a page does not ask again by itself: a limit of a minute is over by then, one of a day is not

// Whether the same call may work in a while, and how many seconds to wait at least.
export function retryAfter(error: unknown): number | null {
  if (isUnreachable(error)) return 1;
  if (!(error instanceof ConnectError)) return null;
  const seconds = Math.max(1, Number(error.metadata.get("retry-after") ?? 1) || 1);
  if (error.code === Code.Unavailable) return seconds;
  return error.code === Code.ResourceExhausted && error.metadata.has("retry-after") && seconds <= PATIENCE ? seconds : null;
}

// When a limit that a call has met is over, where that is not in a moment.
export function limitEnds(error: unknown): Date | null {
  if (!(error instanceof ConnectError) || error.code !== Code.ResourceExhausted) return null;
  const seconds = Number(error.metadata.get("retry-after") ?? 0);
  return seconds > SOON ? new Date(Date.now() + 1000 * seconds) : null;
}

// Nobody answers, rather than that an answer is refused.
export const isAway = (error: unknown) => isUnreachable(error) || (error instanceof ConnectError && error.code === Code.Unavailable);

// Whoever asks is known, and none of their roles may.
export const isDenied = (error: unknown) => error instanceof ConnectError && error.code === Code.PermissionDenied;

// What was asked for is not there.
export const isMissing = (error: unknown) => error instanceof ConnectError && error.code === Code.NotFound;

// Fetch itself has failed: nobody is there. A call's error has that as its cause.
export const isUnreachable = (error: unknown) => error instanceof TypeError || (error instanceof ConnectError && error.cause instanceof TypeError);

// What services say is English, and names fields: a page in another language says before it what kind of refusal it is.
const SAID: Partial<Record<Code, TextKey>> = {
  [Code.InvalidArgument]: "error.said.value",
  [Code.NotFound]: "error.said.missing",
  [Code.PermissionDenied]: "error.said.denied",
  [Code.ResourceExhausted]: "error.said.much",
  [Code.DeadlineExceeded]: "error.said.late",
  [Code.Internal]: "error.said.broken",
};

// What people follow links to, as services say that one is not there: "there is no case case_...". A page says it without the identifier.
const GONE: Readonly<Record<string, TextKey>> = {
  case: "gone.case",
  collection: "gone.collection",
  quiz: "quiz.notThereWhy",
  study: "gone.study",
  job: "gone.job",
  link: "share.notThereWhy",
  "reader with this link": "share.notThereWhy",
};
const DELETED: Readonly<Record<string, TextKey>> = { case: "gone.case.deleted", collection: "gone.collection.deleted" };

function goneOf({ code, rawMessage: message }: ConnectError): TextKey | undefined {
  const [, named = ""] = /^(\w+)_id: .* is not allowed;/.exec(message) ?? []; // of a link that was cut off
  if (code === Code.InvalidArgument) return GONE[named];
  if (code !== Code.NotFound) return undefined;
  const [, kind = ""] = /^there is no (reader with this link|\w+)\b/.exec(message) ?? [];
  const [, deleted = ""] = /^the (\w+) \S+ is deleted\b/.exec(message) ?? [];
  return GONE[kind] ?? DELETED[deleted];
}

export function messageOf(error: unknown): string {
  if (error instanceof Told) return error.message;
  if (isUnreachable(error)) return t("server.unreachable");
  const ends = limitEnds(error);
  if (ends) return t("error.limit", { time: clock(ends) });
  const gone = error instanceof ConnectError ? goneOf(error) : undefined;
  if (gone) return t(gone);
  if (error instanceof ConnectError && error.code !== Code.Unavailable) return t(SAID[error.code] ?? "error.said", { message: error.rawMessage });
  if (error instanceof Refusal) return t(error.status === "UNAVAILABLE" ? "error.said.away" : "error.said", { message: error.message });
  if (retryAfter(error) !== null) return t("server.part");
  return t("error.unknown", { message: error instanceof Error ? error.message : String(error) });
}

// The same where the page asks again by itself.
export function messageWhileAsking(error: unknown): string {
  if (isUnreachable(error)) return t("server.unreachable.again");
  return isAway(error) ? t("server.part.again") : messageOf(error);
}
