import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { LabelCombinationSchema, LabelFieldSchema } from "../protos/mammoganesis/v1/model_pb";
import { drawnOf, labelsOfSeed, type Labels } from "./labels";

const VIEW = create(LabelFieldSchema, { name: "view", values: ["CC", "MLO"] });
const DENSITY = create(LabelFieldSchema, { name: "density", values: ["A", "B", "C", "D"] });
const mixture = (rows: [Labels, number][]) => rows.map(([labels, images]) => create(LabelCombinationSchema, { labels, images }));

const DEMO = { labelFields: [VIEW], labelMixture: mixture([[{ view: "CC" }, 233], [{ view: "MLO" }, 125]]) };
const TINY = {
  labelFields: [VIEW, DENSITY],
  labelMixture: mixture([
    [{ view: "CC" }, 12],
    [{ density: "A", view: "CC" }, 2],
    [{ view: "CC", density: "B" }, 9],
    [{ view: "CC", density: "C" }, 5],
    [{ view: "MLO", density: "B" }, 4],
    [{ view: "MLO", density: "C" }, 7],
    [{ view: "MLO", density: "D" }, 1],
  ]),
};
const LAST = 2 ** 32 - 1;

// What mammoganesis.editing.labels.LabelMixture gives for the same mixtures; tests/services/studio/pages/test_start.py asks a server too.
describe("labels that are drawn for a seed", () => {
  it("are the server's", () => {
    const views = [...Array(16).keys(), 123456789, 2 ** 31, LAST].map((seed) => labelsOfSeed(seed, DEMO)["view"]);
    expect(views.join(" ")).toBe("CC CC CC MLO CC CC MLO CC MLO CC CC MLO CC CC MLO CC MLO CC CC");
    const rows = [0, 1, 2, 3, 4, 5, LAST].map((seed) => labelsOfSeed(seed, TINY));
    expect(rows.map(({ view, density = "" }) => view + density)).toEqual(["CC", "CCC", "CC", "MLOC", "CCB", "CC", "CCB"]);
  });

  it("keep those that are given", () => {
    const rows = [0, 1, 2, 3, 4, 5].map((seed) => labelsOfSeed(seed, TINY, { view: "MLO" }));
    expect(rows.map(({ view, density }) => view! + density)).toEqual(["MLOB", "MLOC", "MLOB", "MLOC", "MLOC", "MLOB"]);
    expect(labelsOfSeed(1, TINY, { density: "A", view: "MLO" })).toEqual({ view: "MLO", density: "A" }); // no training image has both
    expect(drawnOf({ view: "MLO", density: "B" }, { view: "MLO" })).toEqual({ density: "B" });
  });

  it("stand in the order of the fields, so that an address is one", () => {
    const all = [...Array(200).keys()].map((seed) => labelsOfSeed(seed, TINY, { density: "A" }));
    expect(new Set(all.map((labels) => JSON.stringify(labels)))).toEqual(new Set(['{"view":"CC","density":"A"}']));
  });

  it("are of all combinations where no frequencies are known, and none where there are no labels", () => {
    const rows = [0, 1, 2, 3, 4, 5, LAST].map((seed) => labelsOfSeed(seed, { ...TINY, labelMixture: [] }));
    expect(rows.map(({ view, density }) => view! + density)).toEqual(["CCA", "MLOA", "CCB", "MLOC", "CCD", "CCA", "CCD"]);
    expect(labelsOfSeed(7, { labelFields: [], labelMixture: [] })).toEqual({});
    const many = Array.from({ length: 8 }, (_, n) => create(LabelFieldSchema, { name: `field ${n}`, values: [..."abcdefghijklmnop"] }));
    expect(labelsOfSeed(7, { labelFields: many, labelMixture: [] })).toEqual({});
  });

  it("come as often as in training", () => {
    const oblique = [...Array(3580).keys()].filter((seed) => labelsOfSeed(seed, DEMO)["view"] === "MLO");
    expect(Math.abs(oblique.length - 1250)).toBeLessThan(4);
  });
});
