import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { OpenReadingResponseSchema, ReadingStage, TrialSchema, type Trial } from "../protos/mammoganesis/v1/studies_pb";
import { StudyDisplaySchema } from "../protos/mammoganesis/v1/study_design_pb";
import { deviceOf, isMeasured, pictureWidth, pixelsOfAMillimetre } from "./screen";
import { isAlone, stageOf, type Situation } from "./stages";

const trialOf = (init: MessageInitShape<typeof TrialSchema> = {}): Trial => create(TrialSchema, { trialId: "1.1.1", asked: { case: "rating", value: {} }, ...init });
const display = { smallestWidth: 700, smallestHeight: 600, darkMilliseconds: 500 };
const readingOf = (stage: ReadingStage, more: { display?: MessageInitShape<typeof StudyDisplaySchema> } = {}) => create(OpenReadingResponseSchema, { stage, display, ...more });

const READING: Situation = {
  token: "t",
  refusal: "",
  reading: readingOf(ReadingStage.TRIALS),
  device: { width: 1280, height: 720, phone: false },
  measured: null,
  consented: false,
  person: false,
  feedback: false,
  trial: trialOf(),
  unsent: 0,
  told: new Set(),
  practising: false,
};
const stage = (change: Partial<Situation>) => stageOf({ ...READING, ...change });
const consent = { reading: readingOf(ReadingStage.CONSENT), trial: null };
const card = { display: { ...display, imageMillimetres: 60 } };

describe("what is shown", () => {
  it.each([
    ["noLink", { token: "" }],
    ["refused", { refusal: "revoked" }],
    ["opening", { reading: null }],
    ["waiting", { reading: readingOf(ReadingStage.WAITING) }],
    ["consent", consent],
    ["person", { ...consent, consented: true }],
    ["measuring", { ...consent, reading: readingOf(ReadingStage.CONSENT, card), consented: true, person: true }],
    ["person", { ...consent, consented: true, person: true }], // on its way
    ["measuring", { reading: readingOf(ReadingStage.TRIALS, card) }], // in another browser
    ["trial", { reading: readingOf(ReadingStage.TRIALS, card), measured: { pixelsOfAMillimetre: 4, distance: 0 } }],
    ["told", { trial: trialOf({ instructions: "Say how sure you are." }) }],
    ["told", { trial: trialOf({ cues: ["The skin line"] }) }],
    ["trial", { trial: trialOf({ instructions: "Say how sure you are." }), told: new Set(["1.1.1"]) }],
    ["trial", { trial: trialOf({ practice: true }), practising: true }],
    ["practised", { practising: true }],
    ["feedback", { feedback: true, practising: true }],
    ["sending", { trial: null, unsent: 1 }],
    ["sending", { reading: readingOf(ReadingStage.FINISHED), trial: null, unsent: 1 }],
    ["finished", { reading: readingOf(ReadingStage.FINISHED), trial: null }],
    ["closed", { reading: readingOf(ReadingStage.CLOSED), trial: null, device: { width: 390, height: 844, phone: true } }],
    ["trial", {}],
  ] as [string, Partial<Situation>][])("%s", (name, change) => expect(stage(change)).toBe(name));

  it("is no image on a phone, or in a small window, before consent too", () => {
    const phone = { width: 390, height: 844, phone: true };
    expect([stage({ device: phone }), stage({ ...consent, device: phone })]).toEqual(["phone", "phone"]);
    expect(stage({ device: phone, reading: readingOf(ReadingStage.TRIALS, { display: { ...display, phonesAllowed: true } }) })).toBe("trial");
    expect(stage({ device: { width: 699, height: 900, phone: false } })).toBe("small");
    expect(stage({ device: { width: 1280, height: 599, phone: false } })).toBe("small");
  });
});

it("what follows practice and odd images is only known afterwards", () => {
  expect([trialOf(), trialOf({ practice: true }), trialOf({ asked: { case: "oddOneOut", value: {} } })].map(isAlone)).toEqual([false, true, true]);
});

describe("a screen", () => {
  it("is measured by a card of 85.60 mm", () => {
    const measured = { pixelsOfAMillimetre: pixelsOfAMillimetre(428), distance: 0 };
    expect(measured.pixelsOfAMillimetre).toBeCloseTo(5);
    expect(pictureWidth(readingOf(1, card).display, measured)).toBeCloseTo(300);
    expect(pictureWidth(readingOf(1).display, measured)).toBeUndefined();
    expect(isMeasured(readingOf(1, { display: { ...display, distanceAsked: true } }).display, null)).toBe(false);
  });
  const pageOf = (userAgent: string, width: number, coarse: boolean, mobile?: boolean) =>
    ({
      navigator: { userAgent, ...(mobile === undefined ? {} : { userAgentData: { mobile } }) },
      screen: { width, height: 900 },
      innerWidth: width,
      innerHeight: 900,
      matchMedia: () => ({ matches: coarse }),
    }) as unknown as Window;
  it.each([
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148", 390, true, undefined, true],
    ["Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) Mobile/15E148", 820, true, undefined, false],
    ["Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile", 412, true, true, true],
    ["Mozilla/5.0 (Linux; Android 14) Chrome/130", 800, true, false, false],
    ["Mozilla/5.0 (X11; Linux x86_64) Chrome/130", 1440, false, false, false],
    ["a phone that asks for the desktop's page", 390, true, false, true],
  ] as const)("of %s", (agent, width, coarse, mobile, phone) => {
    expect(deviceOf(pageOf(agent, width, coarse, mobile)).phone).toBe(phone);
  });
});
