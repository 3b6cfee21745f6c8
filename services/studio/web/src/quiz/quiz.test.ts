import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { FeedbackSchema, QuestionKind } from "../protos/mammoganesis/v1/quizzes_pb";
import { answerOf, canBeSent, chosen, firstAnswer, nowhere, placesOf, verdictOf, withChoiceToggled, withPlace, withoutPlace } from "../teaching/answers";
import { addressOf, attemptOf, isFramed, readAddress } from "./address";
import { keep, keptOf } from "./kept";
import { parentOrigin, tell } from "../parts/messenger";

const TOKEN = "abcdefghijklmnopqrstuvwxyz-_0123";

describe("the address of a quiz", () => {
  it.each([0, 1, 5, 6])("gives step %d again", (step) => {
    expect(readAddress(addressOf({ token: TOKEN, step }, 5), 5)).toEqual({ token: TOKEN, step });
  });
  it.each([["", ""], ["#short", ""], [`#${TOKEN}/9`, TOKEN], [`#${TOKEN}/x`, TOKEN], ["#<script>alert(1)</script>", ""]])("%s opens at the beginning", (hash, token) => {
    expect(readAddress(hash, 5)).toEqual({ token, step: 0 });
  });
  it("may name the attempt that a course has begun", () => {
    expect(attemptOf(`#${TOKEN}/attempt_${TOKEN}`)).toBe(`attempt_${TOKEN}`);
    expect(readAddress(`#${TOKEN}/attempt_${TOKEN}`, 5)).toEqual({ token: TOKEN, step: 0 });
    expect([attemptOf(""), attemptOf(`#${TOKEN}/3`), attemptOf(`#${TOKEN}/attempt_x`), attemptOf(`#${TOKEN}/attempt_${TOKEN}/3`)]).toEqual(["", "", "", ""]);
  });
  it("may ask for a frame", () => {
    expect([isFramed("?frame=1&lang=fr"), isFramed("?frame=0"), isFramed("")]).toEqual([true, false, false]);
  });
});

describe("an attempt", () => {
  beforeEach(() => localStorage.clear());
  it("is the same after a reload", () => {
    const answers = new Map([["1.1", withPlace(null, "1.2", [0.25, 0.5])], ["1.2", answerOf({ case: "choice", value: 0 })]]);
    keep(TOKEN, { attemptId: "attempt_1", answers, sending: "1.2" });
    const read = keptOf(TOKEN);
    expect([read.attemptId, read.sending, [...read.answers.keys()]]).toEqual(["attempt_1", "1.2", ["1.1", "1.2"]]);
    expect(read.answers).toEqual(answers);
    expect(keptOf("another").attemptId).toBe("");
    expect(JSON.stringify({ ...localStorage })).not.toContain(TOKEN);
  });
  it("begins anew where what was kept is broken", () => {
    keep(TOKEN, { attemptId: "attempt_3", answers: new Map(), sending: "" });
    for (const key of Object.keys(localStorage)) localStorage.setItem(key, "{");
    expect(keptOf(TOKEN).attemptId).toBe("");
  });
  it("is kept by the page where the browser keeps nothing", () => {
    const refuse = () => {
      throw new DOMException("denied");
    };
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(refuse);
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(refuse);
    keep(TOKEN, { attemptId: "attempt_2", answers: new Map(), sending: "" });
    expect(keptOf(TOKEN).attemptId).toBe("attempt_2");
    vi.restoreAllMocks();
  });
});

describe("answers", () => {
  it("can be sent when they say something", () => {
    expect(canBeSent(firstAnswer(QuestionKind.SINGLE_CHOICE))).toBe(false);
    expect(canBeSent(firstAnswer(QuestionKind.MULTIPLE_CHOICE))).toBe(true); // none of them
    expect(canBeSent(firstAnswer(QuestionKind.MARK))).toBe(false);
    expect(canBeSent(nowhere())).toBe(true);
    expect(canBeSent(answerOf({ case: "text", value: " " }))).toBe(false);
    expect(canBeSent(answerOf({ case: "choice", value: 0 }))).toBe(true);
  });
  it("take and leave choices", () => {
    const answer = withChoiceToggled(withChoiceToggled(withChoiceToggled(null, 2), 0), 1);
    expect(chosen(answer)).toEqual([0, 1, 2]);
    expect(chosen(withChoiceToggled(answer, 1))).toEqual([0, 2]);
  });
  it("take sixteen places, within the picture", () => {
    let answer = withPlace(null, "1.1", [1.5, -1]);
    for (let count = 0; count < 20; count++) answer = withPlace(answer, "1.1", [0.5, 0.5]);
    expect(placesOf(answer)).toHaveLength(16);
    expect(placesOf(answer)[0]?.point).toMatchObject({ x: 1, y: 0 });
    expect(placesOf(withoutPlace(answer, 0))).toHaveLength(15);
  });
  it.each([[1, "right"], [0.5, "partly"], [0, "wrong"], [undefined, "unscored"]] as const)("with score %s are %s", (score, verdict) => {
    expect(verdictOf(create(FeedbackSchema, score === undefined ? {} : { score }))).toBe(verdict);
  });
});

describe("messages", () => {
  const page = (parent: object | null, ancestors: string[] | undefined, referrer = "") => {
    const one = { location: { ancestorOrigins: ancestors }, document: { referrer }, parent: null as unknown } as unknown as Window & { parent: unknown };
    one.parent = (parent ?? one) as Window;
    return one as Window;
  };
  it("go to the page around, and to nobody else", () => {
    const sent: unknown[] = [];
    const parent = { postMessage: (...message: unknown[]) => sent.push(message) };
    tell({ type: "ready", title: "Mass", questions: 2 }, page(parent, ["https://lms.example.org", "https://top.example.org"]));
    expect(sent).toEqual([[{ source: "mammoganesis", version: 1, type: "ready", title: "Mass", questions: 2 }, "https://lms.example.org"]]);
    tell({ type: "height", height: 5 }, page(parent, ["null"]));
    tell({ type: "height", height: 5 }, page(parent, undefined));
    tell({ type: "height", height: 5 }, page(null, []));
    expect(sent).toHaveLength(1);
    expect(parentOrigin(page(parent, undefined, "https://lms.example.org/course/1"))).toBe("https://lms.example.org");
  });
});
