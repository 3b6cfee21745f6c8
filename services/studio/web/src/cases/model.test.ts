import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { FindingSchema, MarkSchema, type Case } from "../protos/mammoganesis/v1/cases_pb";
import { Side, View } from "../protos/mammoganesis/v1/images_pb";
import { NoiseMode } from "../protos/mammoganesis/v1/latents_pb";
import { LabelCombinationSchema, LabelFieldSchema } from "../protos/mammoganesis/v1/model_pb";
import { recipeOfSeed, seedOf } from "../state/recipe";
import { imagesOf, newCase, recipeOfImage, reordered, withImage, withImageChange, withImageOfSeed, withMark, withoutImage, withoutMark } from "./model";
import { lacksOf, setCorrect, toggled, withQuestion } from "./questions";

const VIEWS = [create(LabelFieldSchema, { name: "view", values: ["CC", "MLO"] })];
const MODEL = { labelFields: VIEWS, labelMixture: [create(LabelCombinationSchema, { labels: { view: "CC" }, images: 1 }), create(LabelCombinationSchema, { labels: { view: "MLO" }, images: 1 })] };
const WITHOUT = { labelFields: [], labelMixture: [] };
const TEXTS = { text: "What is it?", choices: ["Normal", "Abnormal"] };
const four = () => newCase("Four", imagesOf("screening", 4294967295, MODEL));
const point = (imageId: string) => create(MarkSchema, { imageId, shape: { case: "point", value: { x: 0.5, y: 0.25 } } });
const recipes = (one: Case) => one.images.map((image) => recipeOfImage(image));

describe("a screening case", () => {
  it("is one woman, hung back to back, where the model knows views", () => {
    const one = four();
    expect(one.images.map(({ side, view, mirrored }) => [side, view, mirrored])).toEqual([
      [Side.RIGHT, View.CC, false],
      [Side.LEFT, View.CC, true],
      [Side.RIGHT, View.MLO, false],
      [Side.LEFT, View.MLO, true],
    ]);
    expect(recipes(one).map((recipe) => recipe && seedOf(recipe))).toEqual([4294967295, 4294967295, 4294967295, 4294967295]);
    expect(recipes(one).map((recipe) => recipe?.labels["view"])).toEqual(["CC", "CC", "MLO", "MLO"]);
    expect(recipes(one).map((recipe) => recipe?.noise?.mode)).toEqual([undefined, NoiseMode.RANDOM, undefined, NoiseMode.RANDOM]);
    expect(recipes(one)[1]?.noise?.seed).toBe(0n); // the next of the last seed is the first
    expect(new Set(one.images.map(({ imageId }) => imageId)).size).toBe(4);
  });

  it("is four images where it does not", () => {
    const images = imagesOf("screening", 4294967294, WITHOUT);
    expect(images.map((image) => recipeOfImage(image)).map((recipe) => recipe && seedOf(recipe))).toEqual([4294967294, 4294967295, 0, 1]);
    expect(images.every((image) => Object.keys(recipeOfImage(image)?.labels ?? {}).length === 0)).toBe(true);
  });
});

describe("images", () => {
  it("take the place that is free and the view that their recipe says", () => {
    let one = withoutImage(four(), "image-3");
    one = withImage(one, recipeOfSeed(5), VIEWS);
    expect([one.images[3]?.imageId, one.images[3]?.side, one.images[3]?.view]).toEqual(["image-3", Side.RIGHT, View.MLO]);
    expect(recipes(one)[3]?.labels["view"]).toBe("MLO");
    one = withImage(newCase("", []), recipeOfSeed(5, { view: "MLO" }), VIEWS);
    expect([one.images[0]?.side, one.images[0]?.view]).toEqual([Side.UNSPECIFIED, View.MLO]);
  });

  it("of a seed have the view of their place, or the one that is drawn for the seed", () => {
    const one = withImageOfSeed(withoutImage(four(), "image-3"), 0, MODEL);
    expect([one.images[3]?.view, recipes(one)[3]?.labels]).toEqual([View.MLO, { view: "MLO" }]);
    const alone = [0, 1].map((seed) => imagesOf("single", seed, MODEL)[0]!);
    expect(alone.map(({ side, view }) => [side, view])).toEqual([
      [Side.UNSPECIFIED, View.CC],
      [Side.UNSPECIFIED, View.MLO],
    ]);
    expect(alone.map((image) => recipeOfImage(image)?.labels["view"])).toEqual(["CC", "MLO"]);
  });

  it("hang as their side says, and are drawn as their view says", () => {
    const one = withImageChange(withImageChange(four(), 0, { side: Side.LEFT }, VIEWS), 0, { view: View.MLO }, VIEWS);
    expect([one.images[0]?.mirrored, recipes(one)[0]?.labels["view"]]).toEqual([true, "MLO"]);
    const unsaid = withImageChange(one, 0, { view: View.UNSPECIFIED }, VIEWS);
    expect([unsaid.images[0]?.view, recipes(unsaid)[0]?.labels["view"]]).toEqual([View.UNSPECIFIED, "MLO"]);
    const unknown = withImageChange(newCase("", imagesOf("single", 1, WITHOUT)), 0, { view: View.MLO }, []);
    expect(recipes(unknown)[0]?.labels).toEqual({});
  });

  it("go with what was marked on them alone", () => {
    let one = withMark(withMark(four(), point("image-1"), "A", null), point("image-2"), "B", null);
    one = withMark(one, point("image-1"), "B", "finding-2");
    one = withQuestion(one, "mark", TEXTS);
    const kindOf = (of: Case) => of.questions[0]?.kind;
    expect(kindOf(one)?.value).toMatchObject({ findingIds: ["finding-1", "finding-2"] });
    const less = withoutImage(one, "image-1");
    expect(less.findings.map(({ name, marks }) => [name, marks.length])).toEqual([["B", 1]]);
    expect(kindOf(less)?.value).toMatchObject({ findingIds: ["finding-2"] });
    expect(one.findings).toHaveLength(2); // what was before stays as it was
  });
});

it("a finding goes with its last place", () => {
  const one = withMark(withMark(four(), point("image-1"), "A", null), point("image-2"), "", "finding-1");
  expect(withoutMark(one, "finding-1", 0).findings[0]?.marks.map(({ imageId }) => imageId)).toEqual(["image-2"]);
  expect(withoutMark(withoutMark(one, "finding-1", 0), "finding-1", 0).findings).toEqual([]);
});

it.each([
  [0, 2, ["b", "c", "a", "d"]],
  [3, 0, ["d", "a", "b", "c"]],
  [1, 1, ["a", "b", "c", "d"]],
  [9, 0, ["a", "b", "c", "d"]],
])("moves a thing from %d to %d", (from, to, order) => {
  expect(reordered(["a", "b", "c", "d"], from, to)).toEqual(order);
});

describe("questions", () => {
  it("have one right answer with single choice", () => {
    const one = withQuestion(withQuestion(four(), "singleChoice", TEXTS), "multipleChoice", TEXTS);
    const [single, multiple] = one.questions.map(({ kind }) => (kind.case === "singleChoice" || kind.case === "multipleChoice" ? kind.value : null));
    for (const [choices, isSingle] of [[single, true], [multiple, false]] as const) {
      if (!choices) throw new Error("no choices");
      setCorrect(choices, 0, true, isSingle);
      setCorrect(choices, 1, true, isSingle);
    }
    expect(single?.choices.map(({ correct }) => correct)).toEqual([false, true]);
    expect(multiple?.choices.map(({ correct }) => correct)).toEqual([true, true]);
  });

  it("say what they lack", () => {
    let one = withQuestion(newCase(" ", []), "singleChoice", TEXTS);
    one = withQuestion(withQuestion(withQuestion(one, "biRads", TEXTS), "mark", TEXTS), "freeText", { text: " ", choices: [] });
    one.findings.push(create(FindingSchema, { findingId: "finding-1" }));
    expect(lacksOf(one).map(({ text, place }) => [text, place])).toEqual([
      ["lack.title", 0], ["lack.image", 0], ["lack.findingName", 0], ["lack.correctChoice", 0], ["lack.accepted", 1], ["lack.questionText", 3],
    ]);
    expect(lacksOf(four())).toEqual([]);
  });

  it("toggle in the order of all", () => {
    expect(toggled([3, 1], 2, [1, 2, 3])).toEqual([1, 2, 3]);
    expect(toggled([3, 1], 1, [1, 2, 3])).toEqual([3]);
  });
});
