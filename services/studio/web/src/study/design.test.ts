import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { StudyAwareness, StudyDesignSchema } from "../protos/mammoganesis/v1/study_design_pb";
import { FORMAT, KINDS, PRESETS, asked, changed, designOf, designOfDocument, documentOf, fieldOf, freeName, taskNames, usualRegions, type Named } from "./design";

const NAMED = Object.fromEntries(["title", "phase", "unaware", "informed", "afterCues", ...KINDS].map((name) => [name, name])) as Named;

describe("a design", () => {
  it.each(PRESETS)("begins with tasks of names of their own: %s", (preset) => {
    const design = designOf(preset, NAMED, ["grain"]);
    const names = taskNames(design);
    expect(new Set(names).size).toBe(names.length);
    expect([design.format, design.formatVersion, design.title]).toEqual([FORMAT, 1, "title"]);
  });

  it("of the paper asks one image at a time, then six until three wrong answers, in this order", () => {
    const design = designOf("turing", NAMED, []);
    const [phase] = design.phases;
    expect(phase?.tasks.map(({ kind }) => kind.case)).toEqual(["rating", "oddOneOut"]);
    expect(phase?.tasks[1]?.kind.value).toMatchObject({ images: 6, wrongAnswers: 3 });
    expect([phase?.awareness, design.allocation?.fixedTaskOrder]).toEqual([StudyAwareness.INFORMED, true]);
  });

  it("of three phases asks unaware readers for an ordinary reading, and shows cues before the last", () => {
    const { phases } = designOf("phases", NAMED, ["grain"]);
    expect(phases.map(({ awareness }) => awareness)).toEqual([StudyAwareness.UNAWARE, StudyAwareness.INFORMED, StudyAwareness.AFTER_CUES]);
    expect(phases.map(({ cues }) => cues)).toEqual([[], [], ["grain"]]);
    expect(phases[0]?.tasks[0]?.kind.case).toBe("reading");
  });

  it("is changed in a copy, whose parts are all there", () => {
    const before = create(StudyDesignSchema, { title: "before" });
    const after = changed(before, (copy) => {
      copy.pool.drawn = 40;
      copy.display.zoomFixed = true;
    });
    expect([before.pool, after.pool?.drawn, after.display?.zoomFixed, after.title]).toEqual([undefined, 40, true, "before"]);
  });

  it("is a document with the names of the .proto files, and is read again from it", () => {
    const design = designOf("turing", NAMED, []);
    const text = documentOf(design);
    expect(JSON.parse(text)).toMatchObject({ format: FORMAT, format_version: 1, phases: [{ tasks: [{ rating: {} }, { odd_one_out: { wrong_answers: 3 } }] }] });
    expect(documentOf(designOfDocument(`\uFEFF${text}`))).toBe(text);
  });

  it.each(["", "[]", '{"titel": "a"}', '{"seed": -1}'])("is not made of anything else: %s", (text) => expect(() => designOfDocument(text)).toThrow());

  it("gives names that are free", () => expect(freeName("Rating", ["Rating", "Rating 2"])).toBe("Rating 3"));

  it("asks what each kind asks", () => {
    for (const kind of KINDS) expect(asked(kind).case).toBe(kind);
  });

  it.each([
    ["phases[0].tasks[1].trials: 3000 is not allowed; allowed: 1 to 2000", "phases[0].tasks[1].trials"],
    ["design.pool.drawn: 1 is not allowed; allowed: 2 to 2000", "pool.drawn"],
    ["study_id: there is none", "study_id"],
    ["the study is open: its design is frozen", ""],
  ])("knows the field of a refusal: %s", (message, field) => expect(fieldOf(message)).toBe(field));
});

it("leaves skin and air out where a change of one region is to be found", () => {
  expect(usualRegions(["skin", "middle", "air"], true)).toEqual(["middle"]);
  expect(usualRegions(["skin", "middle"], false)).toEqual(["skin", "middle"]);
  expect(usualRegions(["skin"], true)).toEqual(["skin"]);
});
