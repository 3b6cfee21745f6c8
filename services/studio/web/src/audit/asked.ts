// What is asked of the audit log, and what its entries are in words.

import { timestampFromDate, type Timestamp } from "@bufbuild/protobuf/wkt";

import type { AuditEntry } from "../protos/mammoganesis/v1/audit_pb";
import { deeds } from "../texts/en/deeds";
import { known, t } from "../texts/texts";
import type { Filter } from "./store";

export const NOTE = "AuditService/NoteAction"; // by which the studio tells what is no call
export const NOTED = ["login", "logout", "refused", "curate", "dicom_send"] as const;
export const DEEDS = Object.keys(deeds).map((key) => key.slice("audit.deed.".length)); // by their names
const ABOUT = "action:";
const REFUSED_CALL = "rpc:";

// The moment at which a day begins where the browser is, or the next one; undefined for "".
function begins(day: string, later = 0): Timestamp | undefined {
  if (!day) return undefined;
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return timestampFromDate(new Date(year, month - 1, date + later));
}

export function stretchOf({ from, to }: Filter) {
  const [since, until] = [begins(from), begins(to, 1)];
  return { ...(since ? { since } : {}), ...(until ? { until } : {}) };
}

export function filterOf(filter: Filter) {
  const { who, outcome } = filter;
  const isNoted = (NOTED as readonly string[]).includes(filter.action) && !filter.about;
  const [action, about] = isNoted ? [NOTE, ABOUT + filter.action] : [filter.action, filter.about];
  return { who, action, outcome, about, ...stretchOf(filter) };
}

// The name by which an entry's deed is chosen: an RPC, or a word for what is none.
export function deedOf({ action, targets }: Pick<AuditEntry, "action" | "targets">): string {
  const noted = action === NOTE ? targets.find((target) => target.startsWith(ABOUT)) : undefined;
  return noted ? noted.slice(ABOUT.length) : action;
}

export const deedWord = (deed: string): string => known(`audit.deed.${deed}`, deed);

// What an entry is about, without what its deed says already.
export const aboutOf = ({ action, targets }: Pick<AuditEntry, "action" | "targets">): string[] =>
  action === NOTE ? targets.filter((target) => !target.startsWith(ABOUT)) : targets;

// A call that the studio refused, in words too.
export const targetWord = (target: string): string => (target.startsWith(REFUSED_CALL) ? deedWord(target.slice(REFUSED_CALL.length)) : target);

const REFUSED = ["PERMISSION_DENIED", "UNAUTHENTICATED"];
export const OUTCOMES = ["OK", "BEGUN", ...REFUSED] as const;

export const outcomeWord = (outcome: string): string => known(`audit.outcome.${outcome}`, t("audit.outcome.failed", { code: outcome }));

export const toneOf = (outcome: string): string => (outcome === "OK" ? "good" : REFUSED.includes(outcome) ? "alarm" : "plain");
