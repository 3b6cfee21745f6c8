import { describe, expect, it, vi } from "vitest";

import { readShown } from "./shown";
import { get, put } from "./storage";

const LAUNCH = "abcdefghijklmnopqrstuvwxyz-_0123";

describe("what the page shows", () => {
  it("is what the server has written, or what the address says", () => {
    expect(readShown('{"mode":"refused","message":"<b>"}', "#choose/x")).toEqual({ mode: "refused", message: "<b>" });
    expect(readShown("", `#choose/${LAUNCH}`)).toEqual({ mode: "choose", launch: LAUNCH });
    expect(readShown("", `#standing/${LAUNCH}`)).toEqual({ mode: "standing", launch: LAUNCH });
    for (const hash of ["", "#choose/", "#return/" + LAUNCH, `#choose/${LAUNCH}/x`]) expect(readShown("", hash)).toEqual({ mode: "setup" });
  });
});

describe("what a platform keeps", () => {
  const KEPT = { target: "_parent", origin: "https://lms.example.org", name: "lti-1" };

  // A page in a frame of a platform that answers from `from`.
  const framed = (answer: (message: Record<string, string>) => Record<string, unknown> | null, from = KEPT.origin) => {
    const page = new EventTarget();
    const postMessage = (message: Record<string, string>, to: string) => {
      const data = answer(message);
      if (to === KEPT.origin && data) queueMicrotask(() => page.dispatchEvent(new MessageEvent("message", { data, origin: from })));
    };
    return Object.assign(page, { parent: { postMessage } }) as unknown as Window;
  };

  it("is put and got by messages to its origin", async () => {
    const held = new Map<string, string>();
    const page = framed(({ subject, message_id, key = "", value }) => {
      if (subject === "lti.put_data") held.set(key, value ?? "");
      return { subject: `${subject}.response`, message_id, key, value: held.get(key) };
    });
    expect(await put(KEPT, "secret", page)).toBe(true);
    expect(await get(KEPT, page)).toBe("secret");
    expect(await get({ ...KEPT, name: "lti-2" }, page)).toBe("");
  });

  it("is not believed from elsewhere", async () => {
    const answer = ({ subject, message_id }: Record<string, string>) => ({ subject: `${subject}.response`, message_id, value: "forged" });
    const pages = [
      framed(answer, "https://evil.example.org"),
      framed(({ subject }) => ({ subject: `${subject}.response`, message_id: "another", value: "forged" })),
    ];
    const silence = new Promise((resolve) => setTimeout(resolve, 50, "nothing"));
    for (const page of pages) expect(await Promise.race([get(KEPT, page), silence])).toBe("nothing");
  });

  it("is waited for no longer than somebody waits, and counts when it comes late", async () => {
    vi.useFakeTimers();
    let late: (() => void) | undefined;
    const parent = { postMessage: ({ subject, message_id }: Record<string, string>) => (late = () => {
      const data = { subject: `${subject}.response`, message_id, value: "secret" };
      page.dispatchEvent(new MessageEvent("message", { data, origin: KEPT.origin }));
    }) };
    const page = Object.assign(new EventTarget(), { parent }) as unknown as Window;
    const kept = put(KEPT, "secret", page);
    await vi.advanceTimersByTimeAsync(3000);
    expect(await kept).toBe(false);
    const found = get(KEPT, page);
    await vi.advanceTimersByTimeAsync(30_000);
    late?.();
    expect(await found).toBe("secret");
    vi.useRealTimers();
  });

  it("is nothing without a frame", async () => {
    const alone: EventTarget & { parent?: unknown } = new EventTarget();
    alone.parent = alone;
    expect(await put(KEPT, "secret", alone as unknown as Window)).toBe(false);
  });
});
