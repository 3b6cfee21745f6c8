import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, expect, test, vi } from "vitest";

import { fieldOf } from "../study/design";
import { speak } from "../texts/texts";
import { isUnreachable, messageOf, retryAfter } from "./failures";

afterEach(() => {
  speak("en", false);
  vi.unstubAllGlobals();
  vi.resetModules();
});

test("a call that finds nobody there is known, said so, and worth another try", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("Failed to fetch");
  });
  vi.resetModules();
  const { samplingService } = await import("./clients");
  const error: unknown = await samplingService.sample({}).catch((error: unknown) => error);
  expect([isUnreachable(error), retryAfter(error), messageOf(error)]).toEqual([true, 1, "The studio does not answer; trying again"]);
});

test("what the services say is theirs in English; another language says before it what kind of refusal it is, and its field is found", () => {
  const refused = new ConnectError("design.title: '' is not allowed; allowed: 1 to 200 characters", Code.InvalidArgument);
  expect(messageOf(refused)).toBe(refused.rawMessage);
  speak("fr", false);
  expect(messageOf(refused)).toMatch(/^Cette valeur n’est pas admise\..*\ndesign\.title: '' is not allowed/su);
  expect(fieldOf(messageOf(refused))).toBe("title");
});
