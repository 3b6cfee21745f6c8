import { afterEach, expect, test, vi } from "vitest";

import { forget, keep, keepsNothing, kept } from "./keeping";

afterEach(() => vi.restoreAllMocks());

test("what is kept is there until it is forgotten", () => {
  expect([keep("key", "text"), kept("key"), kept("key", "sessionStorage")]).toEqual([true, "text", null]);
  forget("key");
  expect([kept("key"), keepsNothing()]).toEqual([null, false]);
});

test("a browser that refuses is asked without harm", () => {
  const refuse = () => {
    throw new DOMException("Access is denied for this document.", "SecurityError");
  };
  for (const where of ["localStorage", "sessionStorage"] as const) vi.spyOn(window, where, "get").mockImplementation(refuse);
  forget("key");
  expect([keep("key", "text"), keep("key", "text", "sessionStorage"), kept("key"), kept("key", "sessionStorage")]).toEqual([false, false, null, null]);
  expect(keepsNothing()).toBe(true);
});
