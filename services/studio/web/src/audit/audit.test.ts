import { create } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { afterEach, expect, test } from "vitest";

import { QuotaStateSchema } from "../protos/mammoganesis/v1/quota_pb";
import { quotaLine } from "../session/quota";
import { speak } from "../texts/texts";
import { DEEDS, NOTE, aboutOf, deedOf, deedWord, filterOf, outcomeWord, stretchOf, targetWord } from "./asked";
import { placeIn } from "./chain";
import { fileName } from "./export";
import { ALL, addressOf, readAddress } from "./store";

afterEach(() => speak("en", false));

test("an address says which entries, and nothing else", () => {
  const filter = { ...ALL, who: "https://id.example|a b&c", outcome: "OK", from: "2026-11-29" };
  expect(readAddress(addressOf(filter))).toEqual(filter);
  expect(addressOf(ALL)).toBe("#");
  expect(readAddress("#from=yesterday&to=2026-13-40&colour=red")).toEqual(ALL);
});

test("days are whole, from midnight to midnight of where the browser is", () => {
  const { since, until } = stretchOf({ ...ALL, from: "2026-02-28", to: "2026-02-28" });
  expect(since && timestampDate(since)).toEqual(new Date(2026, 1, 28));
  expect(until && timestampDate(until)).toEqual(new Date(2026, 2, 1));
  expect(stretchOf(ALL)).toEqual({});
});

test("what the studio notes is chosen by its own word", () => {
  expect(filterOf({ ...ALL, action: "login" })).toMatchObject({ action: NOTE, about: "action:login" });
  expect(filterOf({ ...ALL, action: "CaseService/SaveCase", about: "case_id:x" })).toMatchObject({ action: "CaseService/SaveCase", about: "case_id:x" });
  const noted = { action: NOTE, targets: ["action:refused", "address:GET /study"] };
  expect(deedOf(noted)).toBe("refused");
  expect(aboutOf(noted)).toEqual(["address:GET /study"]);
  expect(deedWord("SoonService/Unknown")).toBe("SoonService/Unknown");
});

test("every call has words of the page's language, by its name", () => {
  const services = import.meta.glob<Record<string, { kind?: string; typeName?: string; methods?: { name: string }[] }>>("../protos/mammoganesis/v1/*_pb.ts", { eager: true });
  const ofOurs = /(Intake|Runner)Service$/; // nobody calls them from outside
  const names = Object.values(services)
    .flatMap((file) => Object.values(file))
    .filter(({ kind, typeName = "" }) => kind === "service" && !ofOurs.test(typeName))
    .flatMap(({ typeName = "", methods = [] }) => methods.map(({ name }) => `${typeName.split(".").pop()}/${name}`));
  expect(names).toContain("BulkService/CreateJob");
  for (const code of ["en", "fr"] as const) {
    speak(code, false);
    expect(names.filter((name) => deedWord(name) === name)).toEqual([]);
  }
  expect(deedWord("BulkService/CreateJob")).toBe("Lot d’images demandé");
  expect(targetWord("rpc:CaseService/CreateCase")).toBe("Cas créé");
  expect(targetWord("case_id:case_1")).toBe("case_id:case_1");
  expect(DEEDS).toContain("BulkService/CreateJob");
});

test("an outcome that has no word of its own is a failure with its code", () => {
  expect(outcomeWord("PERMISSION_DENIED")).toBe("refused: role");
  speak("fr", false);
  expect(outcomeWord("NOT_FOUND")).toBe("échec\u00a0: NOT_FOUND");
});

test("a noted place is a number and a hash", () => {
  expect(placeIn(` 12:${"AB".repeat(32)} `)).toEqual({ number: 12n, hash: "ab".repeat(32) });
  for (const text of ["", "12", `12:${"a".repeat(63)}`, `:${"a".repeat(64)}`, `x:${"a".repeat(64)}`]) expect(placeIn(text)).toBeNull();
});

test("an exported file is called by its days", () => {
  expect(fileName({ from: "", to: "" })).toBe("audit.jsonl");
  expect(fileName({ from: "2026-11-01", to: "2026-11-30" })).toBe("audit-2026-11-01-2026-11-30.jsonl");
});

test("a quota is said in units that are read, and when that of a day begins anew", () => {
  const line = (quota: string, used: bigint, limit: bigint) => quotaLine(create(QuotaStateSchema, { quota, used, limit, resetsAt: timestampFromDate(new Date(2026, 10, 30, 1, 0)) }));
  expect(line("images_per_day", 766n, 2000n)).toMatch(/^Images left today: 1,234 of 2,000 \(starts anew at 01:00\)$/u);
  expect(line("bytes_per_day", 500_000_000n, 2_000_000_000n)).toMatch(/^Data left today: 1.5 GB of 2 GB \(/u);
  expect(line("images_per_day", 2001n, 2000n)).toMatch(/^Images left today: 0 of 2,000 \(/u);
  expect(quotaLine({ quota: "queued_images", used: 3n, limit: 3n, resetsAt: undefined })).toBe("Images at a time, free now: 0 of 3");
  speak("fr", false);
  expect(line("bytes_per_day", 500_000_000n, 2_000_000_000n)).toMatch(/^Données restantes aujourd’hui\s: 1,5\sGo sur 2\sGo \(de nouveau au complet à 01:00\)$/u);
});
