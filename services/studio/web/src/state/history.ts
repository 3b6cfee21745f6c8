// What was on show, to go back to and forth again: a list of recipes as texts without an end, and a place in it. Pure.

export interface History {
  entries: string[]; // at least one
  position: number;
}

export const historyOf = (entry: string): History => ({ entries: [entry], position: 0 });

export const current = ({ entries, position }: History) => entries[position] ?? "";

// A new entry after the current one; what had been undone is forgotten. The same once more changes nothing.
export function added(history: History, entry: string): History {
  if (entry === current(history)) return history;
  const entries = [...history.entries.slice(0, history.position + 1), entry];
  return { entries, position: entries.length - 1 };
}

// Another entry in the place of the current one; those after it stay.
export const amended = ({ entries, position }: History, entry: string): History => ({ entries: entries.map((one, place) => (place === position ? entry : one)), position });

export const canUndo = ({ position }: History) => position > 0;
export const canRedo = ({ entries, position }: History) => position < entries.length - 1;

export function moved(history: History, position: number): History {
  return { ...history, position: Math.min(history.entries.length - 1, Math.max(0, position)) };
}

// The list after the browser went to an entry of its own: the nearest place that holds it, or a new one.
export function visited(history: History, entry: string): History {
  const places = history.entries.flatMap((one, place) => (one === entry ? [place] : []));
  const nearest = places.sort((a, b) => Math.abs(a - history.position) - Math.abs(b - history.position))[0];
  return nearest === undefined ? added(history, entry) : moved(history, nearest);
}

// What was kept as text, if it is a history whose place holds `entry`.
export function restored(text: string | null, entry: string): History | null {
  try {
    const kept = JSON.parse(text ?? "null") as Partial<History> | null;
    const { entries, position } = kept ?? {};
    if (!Array.isArray(entries) || !entries.every((one) => typeof one === "string")) return null;
    const history = { entries, position: Number(position) };
    return current(history) === entry ? history : null;
  } catch {
    return null;
  }
}
