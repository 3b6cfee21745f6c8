import { create, toJson } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { afterEach, expect, it } from "vitest";

import { BulkJobSchema } from "../protos/mammoganesis/v1/bulk_pb";
import { JobReasonSchema, JobSchema, JobState } from "../protos/mammoganesis/v1/bulk_service_pb";
import { speak } from "../texts/texts";
import { FIRST, FIRST_EDIT, documentOf, documentOfJson, imagesAsked, imagesOf, type Form } from "./document";
import { addressOf, readAddress } from "./store";
import { duration, paceText, whyText } from "./words";

afterEach(() => speak("en", false));

const json = (form: Partial<Form>, hasLabels = false) =>
  toJson(BulkJobSchema, documentOf({ ...FIRST, ...form }, hasLabels), { useProtoFieldName: true }) as Record<string, unknown>;

it("a form as it opens asks for marked PNG files of the paper's truncation", () => {
  expect(json({})).toEqual({
    format: "mammoganesis-bulk",
    format_version: 1,
    count: 100,
    recipe: { truncation: { psi: 0.65 } },
    picture: { encoding: "IMAGE_ENCODING_PNG_8", burn_in_mark: true },
    layout: "BULK_LAYOUT_FOLDER",
  });
});

it("what is drawn for each image is a distribution and a share", () => {
  const edits = [
    { ...FIRST_EDIT, direction: "density", move: "normal" as const },
    { ...FIRST_EDIT, move: "uniform" as const, from: 2, to: -1, percent: 100 },
    FIRST_EDIT,
  ];
  expect(json({ edits, transfers: [{ region: "nipple", percent: 10 }] })).toMatchObject({
    edits: [
      { directions: ["density"], sigmas: { normal: { mean: 1, deviation: 0.5 } }, probability: 0.35 },
      { sigmas: { uniform: { least: -1, most: 2 } }, probability: 1 },
      { probability: 0.35 },
    ],
    transfers: [{ regions: ["nipple"], probability: 0.1 }],
  });
});

it("a table asks for so many of each kind, and labels that are not chosen are drawn", () => {
  const rows = [
    { images: 30, labels: { view: "MLO" }, direction: "density", sigmas: 1.5 },
    { images: 70, labels: { view: "" }, direction: "", sigmas: 1 },
  ];
  const form = { ...FIRST, source: "table" as const, rows, labels: { density: "", view: "CC" } };
  expect(json(form, true)).toMatchObject({
    prevalence: { rows: [{ images: 30, labels: { view: "MLO" }, edits: [{ directions: ["density"], sigmas: { fixed: 1.5 }, probability: 1 }] }, { images: 70 }] },
    recipe: { labels: { view: "CC" } },
    labels_drawn: true,
  });
  expect([imagesOf(form), imagesAsked(documentOf(form, true))]).toEqual([100, 100]);
});

it("a DICOM file is marked unless it is not to be, and states breast and view", () => {
  const form = { format: "dicom", side: "L", view: "MLO", layout: "studies", perStudy: 4, marked: false } as const;
  expect(json(form)).toMatchObject({
    picture: { encoding: "IMAGE_ENCODING_DICOM", unmarked: true, side: "SIDE_LEFT", view: "VIEW_MLO" },
    layout: "BULK_LAYOUT_DICOM_STUDIES",
    images_per_study: 4,
  });
  expect(json({ side: "L" })["picture"]).toEqual({ encoding: "IMAGE_ENCODING_PNG_8", burn_in_mark: true });
});

it("seeds that follow each other, and a document from a file", () => {
  const made = json({ source: "seeds", firstSeed: 4_294_967_000, count: 10 });
  expect(made["seeds"]).toEqual({ ranges: [{ first: "4294967000", count: 10 }] });
  expect(imagesAsked(documentOfJson(JSON.stringify(made)))).toBe(10);
  expect(() => documentOfJson('{"cuont": 3}')).toThrow("cuont");
});

it("says how far a job is in the language of the page", () => {
  const job = create(JobSchema, { state: JobState.RUNNING, images: 2000, done: 500, imagesPerSecond: 2.5, secondsLeft: 600 });
  expect(paceText(job)).toBe("500 of 2,000 images · 2.5 images/s · 10 min left");
  speak("fr", false);
  expect(paceText(job)).toMatch(/^500 images sur 2\s000 · 2,5 images\/s · encore 10 min$/u);
  speak("en", false);
  expect([0, 59, 61, 7260, 90_000].map(duration)).toEqual(["1 s", "59 s", "1 min 1 s", "2 h 1 min", "1 d 1 h"]);
});

it("an address says what is on show", () => {
  const jobId = `job_${"0a".repeat(16)}`;
  for (const place of [{ at: "job", jobId }, { at: "new" }, { at: "jobs" }] as const) expect(readAddress(addressOf(place))).toEqual(place);
  expect(readAddress("#job=job_1")).toEqual({ at: "jobs" });
});

it("says in its own words why a job waits or has failed, and has none for a code that it does not know", () => {
  const waitsUntil = timestampFromDate(new Date(2026, 11, 1, 1, 0));
  const told = (code: string, values: Record<string, string> = {}) => whyText(create(JobReasonSchema, { code, values }), waitsUntil);
  expect(told("quota_own")).toMatch(/^The day’s quota of its owner is used up\. It goes on by itself: .*2026.*\.$/u);
  expect(told("quota_group", { group: "a: {time}" })).toContain("the group a: {time} shares");
  speak("fr", false);
  expect(told("quota_own")).toContain("quota du jour de son propriétaire");
  expect(told("not_empty", { place: "/srv/lots" })).toBe("/srv/lots n’est pas vide et ne contient pas de lot\u202f; choisissez un nouveau dossier.");
  expect([told("of_a_newer_server"), whyText(undefined)]).toEqual(["", ""]);
});
