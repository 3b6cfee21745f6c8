import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { OpenReadingResponseSchema, ReadingEventKind as Kind, ReadingStage, type RecordAnswerRequest } from "../protos/mammoganesis/v1/studies_pb";
import { rated, Services, trialOf } from "./services.fixture";

const DARK = 400;
let token = ""; // another for each test: pages of the ones before hear of events too, and keep or forget what is theirs
let tests = 0;
const picture = (name: string) => ({ pictureId: name, width: 2, height: 2 });

let services: Services & { getReadingPicture?: () => Promise<never> };
let visible: DocumentVisibilityState = "visible";

async function opened() {
  vi.resetModules();
  vi.doMock("../rpc/clients", () => ({ readerStudyService: services }));
  history.replaceState(null, "", `#${token}`);
  const store = await import("./store"); // one after the other: only the first import waits for the mock
  const sight = await import("./sight");
  sight.watch();
  await store.open();
  return { store, sight };
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const kinds = ({ events }: RecordAnswerRequest) => events.map(({ kind }) => kind);
const sent = () => [...services.answers.values()];

function turnTo(state: DocumentVisibilityState): void {
  visible = state;
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"] });
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visible);
  localStorage.clear();
  token = `token_of_a_sight_of_test_${++tests}`;
  services = new Services(rated(3).map((trial, at) => ({ ...trial, pictures: [{ ...picture(`p${at}`), $typeName: "mammoganesis.v1.ReadingPicture" as const }] })));
  services.display = { smallestWidth: 1, darkMilliseconds: DARK, correctionsAllowed: true };
  services.getReadingPicture = () => new Promise(() => undefined); // whether pictures are drawn is said below
});

afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.doUnmock("../rpc/clients");
  visible = "visible";
});

describe("dark", () => {
  it("lasts as long as the design says, and until the pictures are drawn", async () => {
    const { sight } = await opened();
    sight.onDrawn(0, "p0");
    await pass(DARK - 1);
    expect([sight.dark.value, sight.draft.value]).toEqual([true, null]);
    await pass(1);
    expect([sight.dark.value, sight.draft.value?.trialId]).toEqual([false, "1.1.1"]);
    sight.press("4");
    sight.send();
    expect(sight.dark.value).toBe(true);
    expect(sight.press("4")).toBe(false); // nothing is answered in the dark
    await pass(5000);
    expect(sight.dark.value).toBe(true);
    sight.onDrawn(0, "p1");
    expect(sight.dark.value).toBe(false);
  });
});

describe("time", () => {
  it("begins with the pictures and leaves hidden tabs out", async () => {
    const { sight } = await opened();
    sight.onDrawn(0, "p0");
    await pass(DARK + 1000);
    turnTo("hidden");
    await pass(30_000);
    expect(sight.press("3")).toBe(false);
    turnTo("visible");
    await pass(500);
    sight.press("3");
    sight.send();
    await pass(0);
    const [request] = sent();
    expect(request?.visibleMilliseconds).toBeCloseTo(1500, 0);
    expect(kinds(request!)).toEqual([Kind.SHOWN, Kind.HIDDEN, Kind.VISIBLE, Kind.ANSWERED, Kind.ANSWERED]);
    expect(request?.events.at(-1)?.milliseconds).toBeCloseTo(31_500, 0);
  });

  it("does not count while the window is too small, nor while the browser is closed", async () => {
    const first = await opened();
    first.sight.onDrawn(0, "p0");
    await pass(DARK + 2000);
    first.store.device.value = { width: 0, height: 0, phone: false };
    expect(first.store.stage.value).toBe("small");
    await pass(10_000);
    first.store.device.value = { width: 1000, height: 800, phone: false };
    await pass(1000);
    first.sight.press("5");
    vi.clearAllTimers(); // the browser has crashed
    await pass(60_000);

    const { sight } = await opened();
    sight.onDrawn(0, "p0");
    await pass(DARK);
    expect(sight.given.value.confidence).toBe(5);
    await pass(700);
    sight.send();
    await pass(0);
    expect(sent()[0]?.visibleMilliseconds).toBeGreaterThanOrEqual(3690);
    expect(sent()[0]?.visibleMilliseconds).toBeLessThan(4200);
    expect(kinds(sent()[0]!)).toEqual([Kind.SHOWN, Kind.HIDDEN, Kind.VISIBLE, Kind.RESIZED, Kind.ANSWERED, Kind.HIDDEN, Kind.VISIBLE, Kind.ANSWERED]);
  });
});

describe("a question without pictures", () => {
  it("follows at once", async () => {
    services = Object.assign(new Services([trialOf(1, { pictures: [picture("p0")] }), trialOf(2, { asked: { case: "suspicion", value: {} } })]), { getReadingPicture: services.getReadingPicture! });
    services.display = { smallestWidth: 1, darkMilliseconds: DARK };
    const { sight } = await opened();
    sight.onDrawn(0, "p0");
    await pass(DARK);
    sight.press("1");
    sight.send();
    expect([sight.dark.value, sight.draft.value?.trialId]).toEqual([false, "1.1.2"]);
    sight.give({ ...sight.given.value, suspected: false });
    sight.send();
    await pass(0);
    expect(services.log).toEqual(["1.1.1", "1.1.2"]);
  });
});

describe("a correction", () => {
  it("is an answer of its own, and what was being given waits", async () => {
    const { store, sight } = await opened();
    sight.onDrawn(0, "p0");
    await pass(DARK);
    sight.press("1");
    sight.send();
    sight.onDrawn(0, "p1");
    await pass(DARK);
    sight.press("6");
    sight.correct(0);
    sight.onDrawn(0, "p0");
    await pass(DARK);
    expect([sight.hung.value?.trialId, sight.given.value.confidence]).toEqual(["1.1.1", 1]);
    sight.press("2");
    sight.send();
    await pass(0);
    expect(sent().map(({ trialId, answer }) => [trialId, answer?.kind.value])).toMatchObject([["1.1.1", { confidence: 1 }], ["1.1.1", { confidence: 2 }]]);
    sight.onDrawn(0, "p1");
    await pass(DARK);
    expect([store.trial.value?.trialId, sight.given.value.confidence]).toEqual(["1.1.2", 6]);
  });
});

describe("the viewer", () => {
  it("is logged while pictures are in sight", async () => {
    const { sight } = await opened();
    sight.look({ ...sight.view.value, zoom: 2 }); // in the dark
    sight.onDrawn(0, "p0");
    await pass(DARK);
    sight.look({ ...sight.view.value, window: { low: 0.2, high: 0.6 } });
    await pass(300);
    sight.look({ ...sight.view.value, zoom: 4, tool: "zoom" });
    sight.press("1");
    sight.send();
    await pass(0);
    expect(sent()[0]?.events.slice(1, 3).map(({ kind, values }) => [kind, values.map((value) => Number(value.toFixed(3)))])).toEqual([
      [Kind.WINDOW, [0.4, 0.4, 0]],
      [Kind.ZOOM, [4]],
    ]);
    expect([sight.view.value.zoom, sight.view.value.tool]).toEqual([1, "zoom"]); // the next images begin as all do, with the tool in the hand
  });
});

describe("an answer that is being given", () => {
  it("is not kept once the study has closed", async () => {
    const { store, sight } = await opened();
    sight.onDrawn(0, "p0");
    await pass(DARK + 1100);
    sight.press("4");
    expect(Object.values(localStorage).join()).toContain("1.1.1");
    services.openReading = () => Promise.resolve(create(OpenReadingResponseSchema, { stage: ReadingStage.CLOSED }));
    await store.refresh();
    await pass(1100);
    window.dispatchEvent(new Event("pagehide"));
    const { draftOf, measuredOf, NOTHING_TOLD, toldOf, unsentOf } = await import("./remembered");
    expect([store.stage.value, draftOf(token), unsentOf(token), toldOf(token), measuredOf(token)]).toEqual(["closed", null, [], NOTHING_TOLD, null]);
  });
});
