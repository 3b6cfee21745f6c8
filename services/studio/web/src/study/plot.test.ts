import { describe, expect, it } from "vitest";

import { between, linear, path, rounded, stairs, through, ticks } from "./plot";

describe("the geometry of a plot", () => {
  it("puts numbers where they belong", () => {
    const scale = linear([0, 1], [300, 20]);
    expect([0, 0.5, 1].map(scale)).toEqual([300, 160, 20]);
    expect(linear([3, 3], [0, 10])(3)).toBe(5);
  });

  it.each([
    [[0, 1], [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [[0, 14], [0, 5, 10]],
    [[2, 20], [5, 10, 15, 20]],
    [[0.2, 0.8], [0.2, 0.4, 0.6, 0.8]],
    [[0, 1300], [0, 500, 1000]],
    [[4, 4], [4]],
  ] as [[number, number], number[]][])("marks round numbers of %j", (range, marks) => expect(ticks(range)).toEqual(marks));

  it("ends at a round number above all values", () => {
    expect(rounded([3, 87])).toEqual([0, 100]);
    expect(rounded([1])).toEqual([0, 1]);
    expect(rounded([])).toEqual([0, 1]);
    expect(rounded([0])).toEqual([0, 1]);
  });

  it("draws lines, areas and stairs", () => {
    expect(path([[0, 1], [2.333333, 4]])).toBe("M0 1L2.33 4");
    expect(between([[0, 0], [1, 0]], [[0, 2], [1, 2]])).toBe("M0 0L1 0L1 2L0 2Z");
    expect(between([], [])).toBe("");
    expect(stairs([[0, 1], [3, 0.5], [4, 0]])).toEqual([[0, 1], [3, 1], [3, 0.5], [4, 0.5], [4, 0]]);
    expect(through([0, 1], [0, 0.5], (x) => 10 * x, (y) => -y)).toEqual([[0, -0], [10, -0.5]]);
  });
});
