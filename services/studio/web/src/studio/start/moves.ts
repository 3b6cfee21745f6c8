// Where an arrow key leads in a grid of pictures. Pure.

const STEPS: Record<string, (columns: number) => number> = {
  ArrowRight: () => 1,
  ArrowLeft: () => -1,
  ArrowDown: (columns) => columns,
  ArrowUp: (columns) => -columns,
};

// The place to go to from `place`; null for a key that is none of the grid's. Beyond an end: `place` itself, so that the page does not scroll away.
export function placeAfter(key: string, place: number, { columns, count }: { columns: number; count: number }, fromRight = false): number | null {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = STEPS[key]?.(columns);
  if (step === undefined) return null;
  const there = place + (fromRight && (key === "ArrowRight" || key === "ArrowLeft") ? -step : step);
  return there >= 0 && there < count ? there : place;
}

// How many of them stand in the first row.
export const columnsOf = (tops: readonly number[]) => Math.max(1, tops.filter((top) => top === tops[0]).length);
