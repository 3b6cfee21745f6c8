// Which part of the page is on show, as it stands in the address: reload, back and a copied link show the same.

import { signal } from "@preact/signals";

import type { JobLimits } from "../protos/mammoganesis/v1/bulk_service_pb";
import { failure } from "../parts/acts";

export type Place = { at: "jobs" } | { at: "new" } | { at: "job"; jobId: string };

export const HOME: Place = { at: "jobs" };
export const NEW: Place = { at: "new" };

// What an address says; what it says amiss is left as the page opens.
export function readAddress(hash: string): Place {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const jobId = parts.get("job") ?? "";
  if (/^job_[0-9a-f]{32}$/.test(jobId)) return { at: "job", jobId };
  return parts.has("new") ? NEW : HOME;
}

export function addressOf(place: Place): string {
  if (place.at === "job") return `#job=${place.jobId}`;
  return place.at === "new" ? "#new" : "#";
}

export const place = signal<Place>(readAddress(location.hash));
export const limits = signal<JobLimits | null>(null); // null: not known yet

export function go(next: Place): void {
  if (addressOf(next) !== addressOf(place.value)) history.pushState(null, "", addressOf(next));
  show(next);
}

function show(next: Place): void {
  failure.value = "";
  place.value = next;
}

export const follow = () => addEventListener("popstate", () => show(readAddress(location.hash)));
