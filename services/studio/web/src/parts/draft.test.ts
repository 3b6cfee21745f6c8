import { clone, create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { CaseSchema, type Case } from "../protos/mammoganesis/v1/cases_pb";
import { Draft } from "./draft";

const titled = (one: Case, title: string): Case => ({ ...clone(CaseSchema, one), title });

// A place that keeps cases as the services do: a save of a version that is not the newest is refused.
function shelf(first: Case | null, way: () => Promise<void> = async () => undefined) {
  let saved = first;
  const draft = new Draft<typeof CaseSchema, Case>({
    schema: CaseSchema,
    key: "test.",
    idOf: ({ caseId }) => caseId,
    isNew: ({ version }) => version === 0,
    onto: (one, { version }) => ({ ...one, version }),
    get: async () => {
      await way();
      if (!saved) throw new ConnectError("no such case", Code.NotFound);
      return saved;
    },
    create: async (one) => (saved = { ...one, version: 1 }),
    save: async (one) => {
      if (one.version !== saved?.version) throw new ConnectError("another version was saved since", Code.Aborted);
      return (saved = { ...one, version: one.version + 1 });
    },
  });
  return { draft, saved: () => saved, put: (one: Case) => (saved = one) };
}

const ONE = create(CaseSchema, { caseId: "case_1", version: 4, title: "first" });

describe("a draft", () => {
  beforeEach(() => localStorage.clear());

  it("outlives the page until it is saved", async () => {
    const { draft } = shelf(ONE);
    await draft.open("case_1");
    draft.change(titled(ONE, "second"));
    const again = shelf(ONE).draft;
    await again.open("case_1");
    expect([again.current.value?.title, again.mode.value, again.restored.value]).toEqual(["second", "changed", true]);
    expect(await again.save()).toBe(true);
    expect([again.mode.value, again.restored.value, localStorage.length]).toEqual(["saved", false, 0]);
  });

  it("that is closed while it is being saved is kept nowhere else", async () => {
    const { draft, saved } = shelf(ONE);
    await draft.open("case_1");
    draft.change(titled(ONE, "second"));
    const saving = draft.save();
    draft.close();
    await saving;
    expect([saved()?.title, localStorage.length]).toEqual(["second", 0]);
  });

  it("that is new is created, and is there again before that", async () => {
    const { draft, saved } = shelf(null);
    draft.begin(create(CaseSchema, { caseId: "case_1", title: "new" }));
    const again = shelf(null).draft;
    await again.open("case_1");
    expect([again.current.value?.title, again.restored.value]).toEqual(["new", false]);
    expect(await draft.save()).toBe(true);
    expect([saved()?.version, draft.current.value?.version]).toEqual([1, 1]);
  });

  it("says that somebody else was faster, and loses nothing", async () => {
    const { draft, saved, put } = shelf(ONE);
    await draft.open("case_1");
    draft.change(titled(ONE, "mine"));
    put({ ...titled(ONE, "theirs"), version: 5 });
    expect(await draft.save()).toBe(false);
    expect([draft.mode.value, draft.current.value?.title]).toEqual(["conflict", "mine"]);
    await draft.keepMine();
    expect([draft.mode.value, saved()?.title, saved()?.version]).toEqual(["saved", "mine", 6]);
  });

  it("takes theirs when asked to", async () => {
    const { draft, put } = shelf(ONE);
    await draft.open("case_1");
    draft.change(titled(ONE, "mine"));
    put({ ...titled(ONE, "theirs"), version: 5 });
    await draft.save();
    await draft.discard();
    expect([draft.mode.value, draft.current.value?.title, localStorage.length]).toEqual(["saved", "theirs", 0]);
  });

  it("keeps what is written while it is saved", async () => {
    const { draft, saved } = shelf(ONE);
    await draft.open("case_1");
    draft.change(titled(ONE, "second"));
    const saving = draft.save();
    draft.change(titled(ONE, "third"));
    expect(await saving).toBe(false);
    expect([saved()?.title, draft.current.value?.title, draft.current.value?.version, draft.mode.value]).toEqual(["second", "third", 5, "changed"]);
    expect(await draft.save()).toBe(true);
    expect(saved()?.title).toBe("third");
  });

  it("undoes a burst of letters at once, and stays at its version", async () => {
    const { draft } = shelf(ONE);
    await draft.open("case_1");
    for (const title of ["s", "se", "sec"]) draft.change(titled(ONE, title), "title");
    draft.change({ ...titled(ONE, "sec"), history: "h" });
    await draft.save();
    draft.undo();
    expect([draft.current.value?.history, draft.current.value?.version]).toEqual(["", 5]);
    draft.undo();
    expect([draft.current.value?.title, draft.undoable.value]).toEqual(["first", false]);
  });

  it("that cannot be read says why", async () => {
    const { draft } = shelf(null);
    await draft.open("case_1");
    expect([draft.current.value, draft.failure.value]).toEqual([null, "no such case"]);
  });

  it("that nobody answers for is asked for again until it is there, and no more once it is closed", async () => {
    vi.useFakeTimers();
    let [asked, answers] = [0, false];
    const { draft } = shelf(ONE, async () => {
      asked += 1;
      if (!answers) throw new ConnectError("away", Code.Unavailable);
    });
    await draft.open("case_1");
    expect([draft.current.value, draft.failure.value]).toEqual([null, "A part of the server does not answer; trying again"]);
    answers = true;
    await vi.advanceTimersByTimeAsync(2000);
    expect([draft.current.value?.title, draft.failure.value, asked]).toEqual(["first", "", 2]);
    answers = false;
    await draft.open("case_1");
    draft.close();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked).toBe(3);
    vi.useRealTimers();
  });
});
