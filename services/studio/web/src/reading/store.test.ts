import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { OpenReadingResponseSchema, ReadingStage, RecordAnswerRequestSchema } from "../protos/mammoganesis/v1/studies_pb";
import { LOST, rated, Services, trialOf } from "./services.fixture";

let services: Services;
let token = ""; // another for each test: pages of the one before may still try to send
let tests = 0;

async function opened() {
  vi.resetModules();
  vi.doMock("../rpc/clients", () => ({ readerStudyService: services }));
  history.replaceState(null, "", `#${token}`);
  const store = await import("./store"); // one after the other: only the first import waits for the mock
  const { answerOf, NOTHING } = await import("./answers");
  const draft = await import("./draft");
  await store.open();
  const answer = (confidence: number) => {
    const { value: trial } = store.trial;
    if (!trial) throw new Error(`nothing to answer: ${store.stage.value}`);
    const given = trial.asked.case === "oddOneOut" ? { ...NOTHING, chosen: 0 } : { ...NOTHING, confidence };
    const request = draft.requestOf(draft.begun(trial.trialId, draft.drawnId(), 0), answerOf(trial.asked, given)!, 1000);
    store.push({ request, alone: trial.practice || trial.asked.case === "oddOneOut" }, trial);
  };
  return { store, answer };
}

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: false });
  localStorage.clear();
  token = `token_of_a_reader_of_test_${++tests}`;
});

afterEach(() => {
  vi.useRealTimers();
  vi.doUnmock("../rpc/clients");
});

const settled = () => vi.advanceTimersByTimeAsync(0);

describe("answers", () => {
  it("come one after the other, each once, whatever happens on the way", async () => {
    services = new Services(rated(4));
    const { store, answer } = await opened();
    services.faults = [LOST(), "late", new ConnectError("?", Code.Unknown), new ConnectError("slow", Code.DeadlineExceeded), new TypeError("fetch")];
    for (const point of [1, 2, 3]) answer(point);
    await settled();
    expect(store.trouble.value).not.toBe("");
    expect([store.trial.value?.trialId, store.done.value]).toEqual(["1.1.4", 3]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(services.log).toEqual(["1.1.1", "1.1.2", "1.1.3"]);
    expect([...services.answers.values()].map(({ answer: one }) => (one?.kind.case === "rating" ? one.kind.value.confidence : 0))).toEqual([1, 2, 3]);
    expect([store.trouble.value, store.unsent.value.length, store.done.value]).toEqual(["", 0, 3]);
    answer(4);
    await settled();
    expect(store.stage.value).toBe("finished");
  });

  it("wait in a browser that is closed, and come when it is opened again", async () => {
    services = new Services(rated(3));
    const { answer } = await opened();
    services.faults = Array.from({ length: 50 }, LOST);
    answer(5);
    answer(6);
    await settled();
    expect(services.log).toEqual([]);
    services.faults = [];
    vi.clearAllTimers(); // the page is gone
    const again = await opened();
    expect(again.store.trial.value?.trialId).toBe("1.1.3");
    await settled();
    expect(services.log).toEqual(["1.1.1", "1.1.2"]);
    expect(again.store.unsent.value).toEqual([]);
  });

  it("come where the browser has no room for them", async () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    services = new Services(rated(3));
    const { answer } = await opened();
    services.faults = [LOST()];
    for (const point of [1, 2, 3]) answer(point);
    await vi.advanceTimersByTimeAsync(5000);
    expect(services.log).toEqual(["1.1.1", "1.1.2", "1.1.3"]);
    vi.restoreAllMocks();
  });

  it("come at once when the network is back", async () => {
    services = new Services(rated(1));
    const { answer } = await opened();
    services.faults = [LOST(), LOST(), LOST()];
    answer(1);
    await vi.advanceTimersByTimeAsync(3500); // two tries; the next would be in four seconds
    services.faults = [];
    window.dispatchEvent(new Event("online"));
    await settled();
    expect(services.log).toEqual(["1.1.1"]);
  });

  it("that are refused are said, and what comes next is asked for", async () => {
    services = new Services(rated(2));
    const { store, answer } = await opened();
    services.faults = [new ConnectError("trial_id: was answered", Code.FailedPrecondition)];
    services.answers.set("answer_of_another_browser", create(RecordAnswerRequestSchema, { trialId: "1.1.1" }));
    answer(1);
    await settled();
    expect([store.notTaken.value, store.unsent.value.length, store.trial.value?.trialId]).toEqual(["trial_id: was answered", 0, "1.1.2"]);
  });

  it("stay here when the link has been revoked", async () => {
    services = new Services(rated(2));
    const { store, answer } = await opened();
    const gone = new ConnectError("token: leads nowhere", Code.NotFound);
    services.faults = [gone];
    services.openReading = () => Promise.reject(gone);
    answer(1);
    await settled();
    expect([store.stage.value, store.refusal.value, store.unsent.value.length]).toEqual(["refused", "token: leads nowhere", 1]);
  });
});

describe("what comes next", () => {
  it("is not known before an odd image has been answered", async () => {
    services = new Services([trialOf(1, { asked: { case: "oddOneOut", value: { images: 6 } } }), trialOf(2, { asked: { case: "oddOneOut", value: { images: 6 } } })]);
    const { store, answer } = await opened();
    services.faults = [LOST()];
    answer(1);
    await settled();
    expect(store.stage.value).toBe("sending");
    await vi.advanceTimersByTimeAsync(2000);
    expect([store.stage.value, store.trial.value?.trialId]).toEqual(["trial", "1.1.2"]);
  });

  it("is what practice has shown, and then that it is over", async () => {
    services = new Services([trialOf(1, { practice: true, instructions: "Look." }), trialOf(2)]);
    const { store, answer } = await opened();
    expect(store.stage.value).toBe("told");
    store.goOn();
    answer(6);
    await settled();
    expect([store.stage.value, store.feedback.value?.response.right]).toEqual(["feedback", true]);
    store.seenFeedback();
    expect(store.stage.value).toBe("practised");
    vi.clearAllTimers();
    const again = await opened();
    expect(again.store.stage.value).toBe("practised");
    again.store.goOn();
    expect(again.store.stage.value).toBe("trial");
    expect(again.store.told.value.instructions).toBe("Look.");
  });
});

describe("a browser that others use too", () => {
  const everything = () => JSON.stringify(Object.entries(localStorage));

  it("keeps nothing that opens the link", async () => {
    services = new Services(rated(2));
    const { store, answer } = await opened();
    services.faults = Array.from({ length: 50 }, LOST);
    answer(1);
    store.measure({ pixelsOfAMillimetre: 4, distance: 60 });
    await settled();
    expect(everything()).toContain("1.1.1");
    expect(everything()).not.toContain(token);
  });

  it("keeps nothing of a reading that is finished and sent", async () => {
    services = new Services([trialOf(1, { instructions: "Look." })]);
    const { store, answer } = await opened();
    store.measure({ pixelsOfAMillimetre: 4, distance: 60 });
    store.goOn();
    services.faults = [LOST()];
    answer(1);
    await settled();
    expect([store.stage.value, localStorage.length > 0]).toEqual(["sending", true]);
    await vi.advanceTimersByTimeAsync(5000);
    expect([store.stage.value, everything()]).toEqual(["finished", "[]"]);
  });

  it("keeps nothing of a study that has closed, answers that came too late among it", async () => {
    services = new Services(rated(2));
    const { store, answer } = await opened();
    store.measure({ pixelsOfAMillimetre: 4, distance: 60 });
    services.openReading = () => Promise.resolve(create(OpenReadingResponseSchema, { stage: ReadingStage.CLOSED }));
    services.faults = [new ConnectError("the study is closed", Code.FailedPrecondition)];
    answer(1);
    await settled();
    expect([store.stage.value, everything()]).toEqual(["closed", "[]"]);
  });
});
