// Times as a person reads them.

import { timestampDate, timestampFromDate, type Timestamp } from "@bufbuild/protobuf/wkt";

import { ofDates } from "../texts/texts";

export const when = (time: Timestamp | undefined): string =>
  time ? timestampDate(time).toLocaleString(ofDates.value, { dateStyle: "medium", timeStyle: "short" }) : "";

export const today = (): string => new Date().toLocaleDateString(ofDates.value, { dateStyle: "long" });

export const clock = (time: Date): string => time.toLocaleTimeString(ofDates.value, { timeStyle: "short" });

export const ENDS = ["never", "day", "week", "month", "year"] as const;
export type Ends = (typeof ENDS)[number];
const DAYS: Record<Ends, number> = { never: 0, day: 1, week: 7, month: 30, year: 365 };

// When something ends that is made now; undefined: never.
export function endOf(ends: Ends, now = Date.now()): Timestamp | undefined {
  return ends === "never" ? undefined : timestampFromDate(new Date(now + DAYS[ends] * 86_400_000));
}

export const isOver = (ends: Timestamp | undefined, now = Date.now()) => ends !== undefined && timestampDate(ends).getTime() <= now;
