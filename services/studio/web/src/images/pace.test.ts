import { describe, expect, it } from "vitest";

import { firstPace, isQuick, paceAfter, percentile } from "./pace";

const after = (...times: number[]) => times.reduce(paceAfter, firstPace);

describe("the pace of full images", () => {
  it("is not known before three answers", () => {
    expect(isQuick(after(20, 20))).toBe(false);
    expect(isQuick(after(20, 20, 20))).toBe(true);
  });

  it("is p95 of the last twenty", () => {
    expect(percentile([...Array(100).keys()].map((i) => i + 1), 0.95)).toBe(95);
    const nineteen = Array<number>(19).fill(100);
    expect(isQuick(after(...nineteen, 400))).toBe(true);
    expect(isQuick(after(...nineteen.slice(1), 400, 400))).toBe(false);
    expect(isQuick(after(400, 400, ...nineteen, 100))).toBe(true);
    expect(isQuick(after(150, 150, 150))).toBe(false);
  });
});
