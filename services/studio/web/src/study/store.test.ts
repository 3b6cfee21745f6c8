import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { GetStudyResponseSchema, StudyRemarkSchema, StudyState, type GetStudyResponse } from "../protos/mammoganesis/v1/studies_pb";
import type { StudyDesign } from "../protos/mammoganesis/v1/study_design_pb";

const server = vi.hoisted(() => ({ getStudy: vi.fn(), saveStudy: vi.fn(), addReal: vi.fn(), prepareStudy: vi.fn() }));
vi.mock("../rpc/clients", () => ({ readerStudyService: server }));

const store = await import("./store");
const adding = await import("./adding");
const preparing = await import("./preparing");
const { studyAt, HOME } = await import("./address");

let saved: GetStudyResponse;

vi.useFakeTimers(); // before anything is set to come from time to time
afterAll(() => void vi.useRealTimers());

beforeEach(() => {
  localStorage.clear();
  saved = create(GetStudyResponseSchema, { study: { studyId: "study_1", title: "first", state: StudyState.DRAFT }, design: { title: "first" } });
  server.getStudy.mockImplementation(async () => saved);
  server.saveStudy.mockImplementation(async ({ design }: { design: StudyDesign }) => {
    if (design.title === "") throw new ConnectError('title: "" is not allowed; allowed: 1 to 200 characters', Code.InvalidArgument);
    saved = { ...saved, design };
    return { study: saved.study, remarks: [create(StudyRemarkSchema, { field: "pool.drawn", text: `about ${design.title}` })] };
  });
});

afterEach(() => {
  store.go(HOME);
  vi.clearAllMocks();
});

async function opened() {
  store.go(studyAt("study_1"));
  await vi.advanceTimersByTimeAsync(0);
}

describe("the design on show", () => {
  store.follow();

  it("is saved by itself a moment after the last change", async () => {
    await opened();
    store.edit("title", (copy) => (copy.title = "second"));
    await vi.advanceTimersByTimeAsync(500);
    store.edit("title", (copy) => (copy.title = "third"));
    await vi.advanceTimersByTimeAsync(500);
    expect(server.saveStudy).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(500);
    expect(server.saveStudy).toHaveBeenCalledTimes(1);
    expect([saved.design?.title, store.draft.mode.value, store.remarks.value.map(({ text }) => text)]).toEqual(["third", "saved", ["about third"]]);
  });

  it("says at the field why it was refused, and is saved once it is right", async () => {
    await opened();
    store.edit("title", (copy) => (copy.title = ""));
    await vi.advanceTimersByTimeAsync(1000);
    expect([store.draft.mode.value, store.blocked.value]).toEqual(["failed", true]);
    expect(store.remarks.value[0]).toMatchObject({ field: "title", blocking: true });
    store.edit("title", (copy) => (copy.title = "right"));
    await vi.advanceTimersByTimeAsync(1000);
    expect([saved.design?.title, store.blocked.value]).toEqual(["right", false]);
  });

  it("keeps what was changed while it was being saved", async () => {
    await opened();
    let answer = () => undefined as void;
    server.saveStudy.mockImplementationOnce(() => new Promise((resolve) => (answer = () => resolve({ study: saved.study, remarks: [] }))));
    store.edit("title", (copy) => (copy.title = "second"));
    await vi.advanceTimersByTimeAsync(1000);
    store.edit("title", (copy) => (copy.title = "third"));
    answer();
    await vi.advanceTimersByTimeAsync(1000);
    expect([saved.design?.title, store.draft.current.value?.design.title]).toEqual(["third", "third"]);
  });

  it("is saved when another place is gone to", async () => {
    await opened();
    store.edit("title", (copy) => (copy.title = "second"));
    store.go(HOME);
    await vi.advanceTimersByTimeAsync(0);
    expect([saved.design?.title, store.draft.current.value, localStorage.length]).toEqual(["second", null, 0]);
  });

  it("of an open study shows from time to time how far readers are", async () => {
    saved.study!.state = StudyState.OPEN;
    await opened();
    saved = { ...saved, study: { ...saved.study!, finished: 3 } };
    await vi.advanceTimersByTimeAsync(11_000);
    expect(store.draft.current.value?.study.finished).toBe(3);
  });
});

const png = (name: string) => ({ path: `reals/${name}`, file: new File([new Uint8Array([1])], name) });

describe("images on their way", () => {
  afterEach(adding.forget);

  it("that are not taken stay, with the reason", async () => {
    await opened();
    server.addReal.mockImplementation(async ({ real }: { real: { name: string } }) => {
      if (real.name === "b.png") throw new ConnectError("data: not a mammogram", Code.InvalidArgument);
      return {};
    });
    await adding.choose(["a.png", "b.png", "c.png", "d.png"].map(png));
    expect(adding.isGuessed.value).toBe(true);
    await adding.send("study_1");
    expect(adding.staged.value.map(({ name, failure }) => [name, failure])).toEqual([["b.png", "data: not a mammogram"]]);
    expect([server.addReal.mock.calls.length, adding.progress.value]).toEqual([4, null]);
  });

  it("with a manifest that cannot be read wait for one that can", async () => {
    await adding.choose([png("a.png"), { path: "reals/manifest.csv", file: new File(["name\na.png\n"], "manifest.csv") }]);
    expect([adding.problems.value[0]?.kind, adding.sendableNow.value]).toEqual(["column", false]);
  });
});

describe("preparing", () => {
  it("saves the design first, and says why it stopped", async () => {
    await opened();
    const seen: unknown[] = [];
    server.prepareStudy.mockImplementation(async function* () {
      yield { doing: 1, done: 5, total: 10 };
      seen.push(saved.design?.title, preparing.doing.value);
      throw new ConnectError("the study: another one is being prepared", Code.FailedPrecondition);
    });
    store.edit("title", (copy) => (copy.title = "second"));
    await preparing.prepare("study_1");
    expect(seen).toEqual(["second", { studyId: "study_1", step: "generating", done: 5, total: 10 }]);
    expect([preparing.doing.value, preparing.preparingFailure.value]).toEqual([null, "the study: another one is being prepared"]);
  });
});
