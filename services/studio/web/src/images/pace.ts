// Whether full images are quick enough to follow a moving control.

const QUICK = 150; // milliseconds, p95
const REMEMBERED = 20; // answers
const ENOUGH = 3; // answers before anything is said

export interface Pace {
  readonly milliseconds: readonly number[]; // of the last full images, from asking to their pixels
}

export const firstPace: Pace = { milliseconds: [] };

export const paceAfter = (pace: Pace, milliseconds: number): Pace => ({ milliseconds: [...pace.milliseconds.slice(1 - REMEMBERED), milliseconds] });

// Nearest rank: the smallest of them that at least `share` of them do not exceed.
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

export const isQuick = ({ milliseconds }: Pace) => milliseconds.length >= ENOUGH && percentile(milliseconds, 0.95) < QUICK;
