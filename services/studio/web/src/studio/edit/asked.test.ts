import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it, vi } from "vitest";

import { createAsked } from "./asked";

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("a question about the state", () => {
  it("is asked one at a time, and of those that wait only the latest", async () => {
    const asked: string[] = [];
    const open: ((answer: string) => void)[] = [];
    const one = createAsked<string>();
    const want = (key: string) =>
      one.want(key, () => {
        asked.push(key);
        return new Promise((resolve) => open.push(resolve));
      });
    for (const key of ["a", "b", "c"]) want(key);
    expect(asked).toEqual(["a"]);
    open[0]?.("of a");
    await settled();
    expect(one.answer.value).toEqual({ key: "a", is: "of a" });
    expect(asked).toEqual(["a", "c"]);
    open[1]?.("of c");
    await settled();
    want("c");
    expect(asked).toEqual(["a", "c"]);
    expect(one.answer.value).toEqual({ key: "c", is: "of c" });
  });

  it("that is refused says why until another one is asked", async () => {
    const one = createAsked<string>();
    one.want("a", () => Promise.reject(new ConnectError("psi: 3; allowed: 0 to 2", Code.InvalidArgument)));
    await settled();
    expect(one.failure.value).toBe("psi: 3; allowed: 0 to 2");
    one.want("b", () => Promise.resolve("of b"));
    expect(one.failure.value).toBe("");
    await settled();
    expect(one.answer.value?.is).toBe("of b");
  });

  it("that finds nobody there leaves no message and is asked again when it is said again", async () => {
    const lost = vi.fn();
    const one = createAsked<string>(lost);
    one.want("a", () => Promise.reject(new ConnectError("gone", Code.Unavailable)));
    await settled();
    expect(one.failure.value).toBe("");
    expect(lost).toHaveBeenCalledTimes(1);
    one.want("a", () => Promise.resolve("of a"));
    await settled();
    expect(one.answer.value?.is).toBe("of a");
  });
});
