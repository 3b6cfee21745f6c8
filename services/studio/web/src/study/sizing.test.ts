import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { StudyQuestion, StudySizeSchema } from "../protos/mammoganesis/v1/studies_pb";
import { FIRST_ASKED } from "./address";
import { FIELDS, isEnough, requestOf, shownBy, valueOf } from "./sizing";

const size = (realCases: number, power: number, width: number) => create(StudySizeSchema, { readers: 4, realCases, generatedCases: realCases, power, width });

describe("the size of a study", () => {
  it("is asked for with what its question takes, and nothing else", () => {
    expect(requestOf({ ...FIRST_ASKED, question: "equivalence", auc: 0.5 })).toMatchObject({ question: StudyQuestion.EQUIVALENCE, auc: 0.5, margin: 0.1, power: 0.8 });
    expect(requestOf({ ...FIRST_ASKED, question: "width" })).not.toHaveProperty("power");
    expect(requestOf(FIRST_ASKED)).not.toHaveProperty("margin");
    expect(FIELDS.width).not.toContain("power");
  });

  it("is drawn as images that are needed, or as what a number of them shows", () => {
    expect(shownBy({ ...FIRST_ASKED, reals: 0 })).toBe("cases");
    expect(shownBy(FIRST_ASKED)).toBe("power");
    expect(shownBy({ ...FIRST_ASKED, question: "width" })).toBe("width");
    expect([valueOf(size(50, 0.7, 0.2), "cases"), valueOf(size(50, 0.7, 0.2), "power")]).toEqual([100, 0.7]);
  });

  it("is enough or not", () => {
    expect([size(50, 0.8, 0.3), size(50, 0.79, 0.1), size(0, 0.9, 0.1)].map((one) => isEnough(one, FIRST_ASKED))).toEqual([true, false, false]);
    expect([size(50, 0, 0.2), size(50, 0, 0.21)].map((one) => isEnough(one, { ...FIRST_ASKED, question: "width" }))).toEqual([true, false]);
  });
});
