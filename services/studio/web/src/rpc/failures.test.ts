import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, expect, test, vi } from "vitest";

import { fieldOf } from "../study/design";
import { speak } from "../texts/texts";
import { isUnreachable, messageOf, messageWhileAsking, retryAfter } from "./failures";
import { Refusal, Told } from "./studio";

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
  expect([isUnreachable(error), retryAfter(error), messageOf(error), messageWhileAsking(error)]).toEqual([true, 1, "The studio does not answer", "The studio does not answer; trying again"]);
});

test("a part that is away is not told as that of images; the page says that it asks again only where it does", () => {
  const away = new ConnectError("records is not available at the moment", Code.Unavailable);
  expect([messageOf(away), messageWhileAsking(away)]).toEqual(["A part of the server does not answer", "A part of the server does not answer; trying again"]);
  expect(messageWhileAsking(new ConnectError("no such case", Code.NotFound))).toBe("no such case");
  speak("fr", false);
  expect(messageWhileAsking(away)).toMatch(/^Une partie du serveur ne répond pas.; nouvel essai$/u);
});

test("a limit is told with the time when it is over, and waited for where that is soon", () => {
  const met = (seconds: string) => new ConnectError("quota calls_per_minute of you: 40 of 40 are used", Code.ResourceExhausted, { "retry-after": seconds });
  vi.useFakeTimers({ now: new Date(2026, 0, 5, 9, 30) });
  expect([1, 60, 7200].map((seconds) => retryAfter(met(String(seconds))))).toEqual([1, 60, null]);
  expect(messageOf(met("7200"))).toBe("A limit is reached, until 11:30.");
  speak("fr", false);
  expect(messageOf(met("60"))).toBe("Une limite est atteinte, jusqu’à 09:31.");
  vi.useRealTimers();
});

test("what the services say is theirs in English; another language says before it what kind of refusal it is, and its field is found", () => {
  const refused = new ConnectError("design.title: '' is not allowed; allowed: 1 to 200 characters", Code.InvalidArgument);
  expect(messageOf(refused)).toBe(refused.rawMessage);
  speak("fr", false);
  expect(messageOf(refused)).toMatch(/^Cette valeur n’est pas admise\..*\ndesign\.title: '' is not allowed/su);
  expect(fieldOf(messageOf(refused))).toBe("title");
});

test("what a page has said in its own words already stays as it is", () => {
  speak("fr", false);
  expect(messageOf(new Told("PACS n’affiche pas le fichier."))).toBe("PACS n’affiche pas le fichier.");
  expect(messageOf(new Refusal("no such server"))).toBe("Le serveur refuse et précise, en anglais\u00a0:\nno such server");
  expect(messageOf(new Refusal("no answer after 30 s", "", "UNAVAILABLE"))).not.toContain("refuse");
});

test("a link that leads nowhere is told in the page's words, without the identifier", () => {
  const told = (message: string) => messageOf(new ConnectError(message, Code.NotFound));
  const id = "0".repeat(32);
  const said = [`case case_${id}`, `case case_${id} with a version 7`, `collection collection_${id}`, `quiz quiz_${id}`, "quiz with this token", `study study_${id}`, `job job_${id}`, "link with this token, or it has ended", "reader with this link, or it was revoked or has ended"].map((what) => told(`there is no ${what}`));
  for (const text of [...said, told(`the case case_${id} is deleted; it can be restored`)]) expect(text).not.toMatch(/_|token|there is no \w+ with/u);
  expect(said[3]).toMatch(/^There is no quiz at this link/u);
  expect(told("there is no such question in this quiz")).toBe("there is no such question in this quiz");
  expect(messageOf(new ConnectError(`study_id: 'foo' is not allowed; allowed: "study_" and 32 hexadecimal digits`, Code.InvalidArgument))).toBe(said[5]);
  speak("fr", false);
  expect(told(`there is no case case_${id}`)).toMatch(/^Ce cas n’existe pas ici/u);
});
