import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { LabelCombinationSchema, LabelFieldSchema } from "../../protos/mammoganesis/v1/model_pb";
import { filtersOf, filtersText, MOST, NO_FILTERS, PAGE, sameKind, seedsInARow, startingAt, trainedWith, withLabel, withMeasure, withMore } from "./filters";

const MAX = 2 ** 32 - 1;
const fields = [
  create(LabelFieldSchema, { name: "view", values: ["CC", "MLO"] }),
  create(LabelFieldSchema, { name: "density", values: ["A", "B", "C"] }),
];

describe("the start screen in the address", () => {
  it("says nothing as it opens", () => {
    expect(filtersText(NO_FILTERS)).toBe("");
    expect(filtersOf("", fields, MAX)).toEqual(NO_FILTERS);
  });

  it("comes back as it was", () => {
    const filters = withMeasure(withLabel(withLabel({ ...NO_FILTERS, first: 4294967000 }, "view", "MLO"), "density", "B"), "dense_share", "high");
    const more = { ...withMore(filters, 0), through: 1024 };
    expect(more.shown).toBe(48);
    expect(filtersText(more)).toBe("first=4294967000&shown=48&through=1024&label.density=B&label.view=MLO&dense_share=high");
    expect(filtersOf(filtersText(more), fields, MAX)).toEqual(more);
  });

  it("takes no label and no value that this model does not know", () => {
    const text = "label.view=MLO&label.density=Z&label.age=40&dense_share=huge&breast_area=low";
    expect(filtersOf(text, fields, MAX)).toEqual({ ...NO_FILTERS, labels: { view: "MLO" }, measures: { breast_area: "low" } });
    expect(filtersOf(text, [], MAX).labels).toEqual({});
  });

  it("keeps numbers in their ranges and whole pages", () => {
    expect(filtersOf("first=-1&shown=x&through=1e3", [], MAX)).toEqual(NO_FILTERS);
    expect(filtersOf("first=9999999999&shown=30&through=600", [], MAX)).toMatchObject({ first: MAX, shown: 48, through: 1024 });
    expect(filtersOf("shown=9999999999", [], MAX).shown).toBe(MOST);
  });
});

describe("changes of the filters", () => {
  it("begin at one page again, but for more of the same", () => {
    const filters = { ...NO_FILTERS, first: 7, shown: 72, through: 2048 };
    expect(withLabel(filters, "view", "CC")).toEqual({ ...NO_FILTERS, first: 7, labels: { view: "CC" } });
    expect(withLabel(withLabel(filters, "view", "CC"), "view", "")).toEqual({ ...NO_FILTERS, first: 7 });
    expect(withMeasure(withMeasure(filters, "texture", "low"), "texture", "")).toEqual({ ...NO_FILTERS, first: 7 });
    expect(startingAt(filters, 100)).toEqual({ ...NO_FILTERS, first: 100 });
    expect(withMore(filters, 79)).toEqual({ ...filters, shown: 96 });
  });

  it("go on after the last picture where one page holds no more", () => {
    const full = { ...withLabel(NO_FILTERS, "view", "CC"), shown: MOST };
    expect(withMore(full, MOST)).toEqual({ ...NO_FILTERS, first: MOST, labels: { view: "CC" } });
  });

  it("tell a longer list from another one", () => {
    expect(sameKind(NO_FILTERS, { ...NO_FILTERS, shown: 48, through: 1024 })).toBe(true);
    expect(sameKind(NO_FILTERS, startingAt(NO_FILTERS, 1))).toBe(false);
    expect(sameKind(NO_FILTERS, withLabel(NO_FILTERS, "view", "CC"))).toBe(false);
    expect(sameKind(withMeasure(NO_FILTERS, "texture", "low"), withMeasure(NO_FILTERS, "texture", "high"))).toBe(false);
  });
});

it("lists the seeds in a row, up to the last one there is", () => {
  expect(seedsInARow({ ...NO_FILTERS, first: 5 }, MAX)).toEqual(Array.from({ length: PAGE }, (_, i) => 5 + i));
  expect(seedsInARow({ ...NO_FILTERS, first: MAX - 1 }, MAX)).toEqual([MAX - 1, MAX]);
});

it("counts the training images with some labels", () => {
  const mixture = [
    create(LabelCombinationSchema, { labels: { view: "CC", density: "A" }, images: 3 }),
    create(LabelCombinationSchema, { labels: { view: "MLO", density: "A" }, images: 40 }),
    create(LabelCombinationSchema, { labels: { view: "MLO" }, images: 57 }),
  ];
  expect(trainedWith({ view: "MLO" }, mixture)).toEqual({ images: 97, all: 100 });
  expect(trainedWith({ view: "CC", density: "B" }, mixture)).toEqual({ images: 0, all: 100 });
  expect(trainedWith({}, mixture)).toBeNull();
  expect(trainedWith({ view: "CC" }, [])).toBeNull();
});
