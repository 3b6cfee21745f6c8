import { describe, expect, it } from "vitest";

import { NO_FILTERS, withMeasure } from "./filters";
import { amongMeasured, quantile, rangeOf, rangesOf, scaleOf } from "./thirds";

describe("thirds of a model's images", () => {
  it("have the borders that numpy gives", () => {
    // numpy.quantile([0.9, 0.1, 0.4, 0.2, 0.75], [0, 1/3, 0.5, 2/3, 1])
    const values = [0.9, 0.1, 0.4, 0.2, 0.75];
    const expected = [0.1, 0.26666666666666666, 0.4, 0.6333333333333333, 0.9];
    [0, 1 / 3, 0.5, 2 / 3, 1].forEach((share, i) => expect(quantile(values, share)).toBeCloseTo(expected[i]!, 12));
    expect(quantile([0.3], 1 / 3)).toBe(0.3);
  });

  it("are a third of the images each", () => {
    const images = Array.from({ length: 48 }, (_, i) => ({ breast_area: ((i * 29) % 48) / 100, dense_share: i / 10 }));
    const scale = scaleOf(images);
    for (const third of ["low", "middle", "high"] as const) {
      const { least = -Infinity, most = Infinity } = rangeOf("breast_area", third, scale.breast_area);
      expect(images.filter(({ breast_area: area }) => area >= least && area <= most)).toHaveLength(16);
    }
  });

  it("are asked for by name, those alone that are wished", () => {
    const scale = scaleOf([{ breast_area: 0.1, texture: 0 }, { breast_area: 0.4, texture: 3 }]);
    const filters = withMeasure(withMeasure(NO_FILTERS, "texture", "high"), "breast_area", "middle");
    const [area, texture, ...others] = rangesOf(filters, scale);
    expect(others).toEqual([]);
    expect(area!.name).toBe("breast_area");
    expect(area!.least).toBeCloseTo(0.2, 12);
    expect(area!.most).toBeCloseTo(0.3, 12);
    expect(texture).toEqual({ name: "texture", least: 2 });
  });

  it("are looked for first among the images that are measured already", () => {
    const images = [0.1, 0.5, 0.3, 0.5, 0.9].map((texture, seed) => ({ seed, measures: { texture } }));
    const ranges = [{ name: "texture" as const, least: 0.3, most: 0.5 }];
    const seeds = (first: number, wanted: number) => {
      const { found, examined } = amongMeasured(images, ranges, { first, wanted });
      return [found.map(({ seed }) => seed), examined];
    };
    expect(seeds(0, 24)).toEqual([[1, 2, 3], 5]);
    expect(seeds(0, 2)).toEqual([[1, 2], 3]);
    expect(seeds(2, 24)).toEqual([[2, 3], 3]);
    expect(seeds(7, 24)).toEqual([[], 0]);
    expect(amongMeasured(images, [{ name: "texture", most: 0.3 }, { name: "breast_area", least: 0 }], { first: 0, wanted: 9 }).found).toEqual([]);
  });
});
