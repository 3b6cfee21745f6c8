import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { BiRads, Density } from "../protos/mammoganesis/v1/cases_pb";
import { TrialSchema } from "../protos/mammoganesis/v1/studies_pb";
import { answerOf, givenOf, keyed, NOTHING, withPlace, type Asked, type Given } from "./answers";

const asked = (kind: MessageInitShape<typeof TrialSchema>["asked"]): Asked => create(TrialSchema, { asked: kind! }).asked;
const rating = asked({ case: "rating", value: {} });
const binary = asked({ case: "rating", value: { binaryAsked: true } });
const six = asked({ case: "oddOneOut", value: { images: 6 } });
const location = asked({ case: "location", value: { places: 2 } });
const quality = asked({ case: "quality", value: { anchors: ["bad", "fair", "good"] } });
const both = asked({ case: "reading", value: {} });
const density = asked({ case: "reading", value: { density: true } });
const suspicion = asked({ case: "suspicion", value: {} });

const pressed = (one: Asked, ...keys: string[]) => keys.reduce<Given>((now, key) => keyed(one, now, key) ?? now, NOTHING);

describe("keys", () => {
  it("choose a point of the scale, the last one counts", () => {
    expect(pressed(rating, "2", "6").confidence).toBe(6);
    for (const key of ["0", "7", "r", "Backspace", "a"]) expect(keyed(rating, NOTHING, key), key).toBeNull();
  });
  it("say real or generated only where that is asked", () => {
    expect(pressed(binary, "3", "g")).toMatchObject({ confidence: 3, generated: true });
    expect(pressed(binary, "g", "r").generated).toBe(false);
  });
  it("choose one of the images that there are", () => {
    expect(pressed(six, "6").chosen).toBe(5);
    expect(keyed(six, NOTHING, "7")).toBeNull();
    expect(pressed(asked({ case: "oddOneOut", value: { images: 12 } }), "0").chosen).toBe(9);
  });
  it("go through the categories that begin with a digit", () => {
    expect(["4", "44", "444", "4444", "44444"].map((keys) => pressed(both, ...keys).biRads)).toEqual([BiRads.BI_RADS_4, BiRads.BI_RADS_4A, BiRads.BI_RADS_4B, BiRads.BI_RADS_4C, BiRads.BI_RADS_4]);
    expect(pressed(both, "0", "c")).toMatchObject({ biRads: BiRads.BI_RADS_0, density: Density.C });
    expect(keyed(density, NOTHING, "2")).toBeNull();
  });
  it("take the last place back", () => {
    const two = withPlace(withPlace(NOTHING, [0.1, 0.2], 2), [0.3, 0.4], 2);
    expect(keyed(location, two, "Backspace")?.places).toEqual([[0.1, 0.2]]);
    expect(keyed(location, NOTHING, "Backspace")).toBeNull();
  });
});

describe("an answer", () => {
  it.each([
    ["a confidence", rating, NOTHING],
    ["the binary answer", binary, { ...NOTHING, confidence: 2 }],
    ["an image", six, NOTHING],
    ["a confidence beside places", location, withPlace(NOTHING, [0, 0], 2)],
    ["a point", quality, NOTHING],
    ["a density", both, { ...NOTHING, biRads: BiRads.BI_RADS_1 }],
    ["yes or no", suspicion, { ...NOTHING, text: "the skin" }],
  ])("lacks %s", (_, one, given) => expect(answerOf(one, given)).toBeNull());

  it.each([
    [rating, { ...NOTHING, confidence: 1 }],
    [binary, { ...NOTHING, confidence: 4, generated: false }],
    [six, { ...NOTHING, chosen: 0 }],
    [location, { ...NOTHING, confidence: 6, places: [[0.25, 0.5]] }],
    [location, { ...NOTHING, confidence: 1 }],
    [quality, { ...NOTHING, quality: 3 }],
    [both, { ...NOTHING, biRads: BiRads.BI_RADS_4A, density: Density.D }],
    [density, { ...NOTHING, density: Density.A }],
    [suspicion, { ...NOTHING, suspected: true, text: "the skin" }],
  ] as [Asked, Given][])("says what was given, and is read back: %o", (one, given) => {
    expect(givenOf(answerOf(one, given)!)).toEqual(given);
  });

  it("says nothing that was not asked", () => {
    const given = { ...NOTHING, confidence: 2, generated: true, biRads: BiRads.BI_RADS_2, density: Density.B };
    expect(givenOf(answerOf(rating, given)!)).toEqual({ ...NOTHING, confidence: 2 });
    expect(givenOf(answerOf(density, given)!)).toEqual({ ...NOTHING, density: Density.B });
    expect(answerOf(suspicion, { ...NOTHING, suspected: false, text: "was written before" })?.kind.value).toMatchObject({ suspected: false, text: "" });
  });

  it("has as many places as the task takes, within the image", () => {
    const places = [[1.5, -1], [0.5, 0.5], [0.1, 0.1]] as const;
    expect(places.reduce<Given>((now, place) => withPlace(now, place, 2), NOTHING).places).toEqual([[1, 0], [0.5, 0.5]]);
  });
});
