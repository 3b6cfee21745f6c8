import { describe, expect, it } from "vitest";

import { HOME, addressOf, caseAt, readAddress, type Place } from "./address";
import { embedding, quizAddress } from "./publish";
import { create } from "@bufbuild/protobuf";
import { QuizSchema } from "../protos/mammoganesis/v1/quizzes_pb";

const PLACES: Place[] = [
  HOME,
  { at: "cases", query: "mass & more", sort: "title", deleted: true },
  caseAt("case_1"),
  caseAt("case_1", { version: 3, tab: "questions", viewer: "layout=pair&zoom=2" }),
  { at: "collection", collectionId: "collection_1" },
  { at: "quizzes" },
  { at: "quiz", quizId: "quiz_1" },
  { at: "add", recipe: "CAU" },
];

describe("the address of the page of cases", () => {
  it.each(PLACES)("gives the same place again: %o", (place) => {
    expect(readAddress(addressOf(place))).toEqual(place);
  });

  it("leaves what it says amiss as it opens", () => {
    expect(readAddress("#case=case_1&tab=other&version=-1")).toEqual(caseAt("case_1"));
    expect(readAddress("#sort=other")).toEqual(HOME);
    expect(addressOf(HOME)).toBe("#");
  });
});

it("a quiz is embedded under the path of the page, its title escaped", () => {
  document.head.innerHTML = '<base href="http://localhost/under/a/path/cases">';
  const quiz = create(QuizSchema, { token: "t-1", title: '"Mass" & <b>' });
  expect(quizAddress(quiz.token)).toBe("http://localhost/under/a/path/quiz#t-1");
  const template = document.createElement("template"); // what is in it loads nothing
  template.innerHTML = embedding(quiz);
  const frame = template.content.querySelector("iframe");
  expect([frame?.getAttribute("src"), frame?.title]).toEqual(["http://localhost/under/a/path/quiz?frame=1#t-1", quiz.title]);
});
