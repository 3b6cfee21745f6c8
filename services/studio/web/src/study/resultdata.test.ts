import { describe, expect, it } from "vitest";

import { picked, readResults, type Judged } from "./resultdata";

const image = (name: string, origin: string, called: number, readings = 4): Judged => ({ name, origin, called, readings, confidence: null });

describe("results", () => {
  it("without a part are results without it", () => expect(readResults("{}")).toEqual({ tasks: [], comparison: null, suspicions: [], images: [] }));

  it("are JSON", () => expect(() => readResults("<html>")).toThrow());

  it("show images that were recognised, mistaken and accused, most often first", () => {
    const images = [image("a", "edited", 4), image("b", "synthesised", 1), image("c", "synthesised", 0), image("d", "real", 3), image("e", "real", 0), image("f", "edited", 2, 2)];
    const names = Object.fromEntries(Object.entries(picked(images, 2)).map(([kind, some]) => [kind, some.map(({ name }) => name)]));
    expect(names).toEqual({ recognised: ["a", "f"], mistaken: ["c", "b"], accused: ["d"] });
  });
});
