// The form of a new job, and the document that it comes to.

import { create, fromJsonString } from "@bufbuild/protobuf";

import {
  BulkDistributionSchema,
  BulkEditSchema,
  BulkJobSchema,
  BulkLayout,
  BulkPrevalenceSchema,
  BulkSeedsSchema,
  BulkStratumSchema,
  BulkTransferSchema,
  type BulkEdit,
  type BulkJob,
} from "../protos/mammoganesis/v1/bulk_pb";
import { ImageEncoding, ImageFormatSchema, Side, View } from "../protos/mammoganesis/v1/images_pb";
import { RecipeSchema } from "../protos/mammoganesis/v1/latents_pb";
import { counted, number, t } from "../texts/texts";

export const SOURCES = ["count", "seeds", "table"] as const;
export const MOVES = ["useful", "fixed", "normal", "uniform"] as const;
export const FORMATS = ["png", "png16", "dicom", "capture"] as const;
export const LAYOUTS = ["folder", "webdataset", "studies"] as const;
export const SIDES = ["", "R", "L"] as const;
export const VIEWS = ["", "CC", "MLO"] as const;
type Source = (typeof SOURCES)[number];
export type Move = (typeof MOVES)[number];
type Format = (typeof FORMATS)[number];
type Layout = (typeof LAYOUTS)[number];

export const ENCODINGS: Record<Format, ImageEncoding> = {
  png: ImageEncoding.PNG_8,
  png16: ImageEncoding.PNG_16,
  dicom: ImageEncoding.DICOM,
  capture: ImageEncoding.DICOM_SECONDARY_CAPTURE,
};
const LAYOUT: Record<Layout, BulkLayout> = { folder: BulkLayout.FOLDER, webdataset: BulkLayout.WEBDATASET, studies: BulkLayout.DICOM_STUDIES };
const SIDE: Record<(typeof SIDES)[number], Side> = { "": Side.UNSPECIFIED, R: Side.RIGHT, L: Side.LEFT };
const VIEW: Record<(typeof VIEWS)[number], View> = { "": View.UNSPECIFIED, CC: View.CC, MLO: View.MLO };

export interface EditForm {
  direction: string; // "": one of all, drawn for each image
  move: Move;
  from: number; // of "fixed" the value, of "normal" the mean, of "uniform" the least
  to: number; // of "normal" the deviation, of "uniform" the most
  percent: number; // of images that get it
}

export interface TransferForm {
  region: string; // "": one of all, drawn for each image
  percent: number;
}

export interface RowForm {
  images: number;
  labels: Record<string, string>;
  direction: string; // "": no edit
  sigmas: number;
}

export interface Form {
  title: string;
  source: Source;
  count: number;
  firstSeed: number;
  rows: RowForm[];
  psi: number;
  labels: Record<string, string>; // "": drawn
  edits: EditForm[];
  transfers: TransferForm[];
  chance: number; // the seed of what is drawn
  format: Format;
  side: (typeof SIDES)[number];
  view: (typeof VIEWS)[number];
  marked: boolean;
  layout: Layout;
  perStudy: number;
  measures: boolean;
  destination: string;
}

export const FIRST_EDIT: EditForm = { direction: "", move: "useful", from: 1, to: 0.5, percent: 35 };
export const FIRST_TRANSFER: TransferForm = { region: "", percent: 35 };
export const FIRST_ROW: RowForm = { images: 50, labels: {}, direction: "", sigmas: 1 };
export const FIRST: Form = {
  title: "",
  source: "count",
  count: 100,
  firstSeed: 0,
  rows: [FIRST_ROW, FIRST_ROW],
  psi: 0.65,
  labels: {},
  edits: [],
  transfers: [],
  chance: 0,
  format: "png",
  side: "",
  view: "",
  marked: true,
  layout: "folder",
  perStudy: 1,
  measures: false,
  destination: "",
};

export const isDicom = ({ format }: Pick<Form, "format">) => format === "dicom" || format === "capture";

export function imagesOf({ source, count, rows }: Form): number {
  return source === "table" ? rows.reduce((sum, { images }) => sum + images, 0) : count;
}

// `hasLabels`: whether the model takes any.
export function documentOf(form: Form, hasLabels: boolean): BulkJob {
  const labels = Object.fromEntries(Object.entries(form.labels).filter(([, value]) => value !== ""));
  const dicom = isDicom(form);
  return create(BulkJobSchema, {
    format: "mammoganesis-bulk",
    formatVersion: 1,
    title: form.title,
    seed: form.chance,
    images: sourceOf(form),
    recipe: create(RecipeSchema, { truncation: { psi: form.psi }, labels }),
    labelsDrawn: hasLabels,
    edits: form.edits.map(editOf),
    transfers: form.transfers.map(({ region, percent }) => create(BulkTransferSchema, { regions: region ? [region] : [], probability: percent / 100 })),
    picture: create(ImageFormatSchema, {
      encoding: ENCODINGS[form.format],
      burnInMark: !dicom && form.marked,
      unmarked: dicom && !form.marked,
      side: dicom ? SIDE[form.side] : Side.UNSPECIFIED,
      view: dicom ? VIEW[form.view] : View.UNSPECIFIED,
    }),
    layout: LAYOUT[form.layout],
    imagesPerStudy: form.layout === "studies" ? form.perStudy : 0,
    measures: form.measures,
    destination: form.destination.trim(),
  });
}

function sourceOf({ source, count, firstSeed, rows }: Form): BulkJob["images"] {
  if (source === "count") return { case: "count", value: count };
  if (source === "seeds") return { case: "seeds", value: create(BulkSeedsSchema, { ranges: [{ first: BigInt(firstSeed), count }] }) };
  const strata = rows.map(({ images, labels, direction, sigmas }) =>
    create(BulkStratumSchema, {
      images,
      labels: Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== "")),
      edits: direction ? [editOf({ direction, move: "fixed", from: sigmas, to: 0, percent: 100 })] : [],
    }),
  );
  return { case: "prevalence", value: create(BulkPrevalenceSchema, { rows: strata }) };
}

function editOf({ direction, move, from, to, percent }: EditForm): BulkEdit {
  const kinds = {
    fixed: { case: "fixed", value: from },
    normal: { case: "normal", value: { mean: from, deviation: to } },
    uniform: { case: "uniform", value: { least: Math.min(from, to), most: Math.max(from, to) } },
  } as const;
  const sigmas = move === "useful" ? {} : { sigmas: create(BulkDistributionSchema, { kind: kinds[move] }) };
  return create(BulkEditSchema, { directions: direction ? [direction] : [], probability: percent / 100, ...sigmas });
}

// Of a file that somebody has written by hand, or kept from this page. Raises what the reader of JSON says.
export const documentOfJson = (text: string): BulkJob => fromJsonString(BulkJobSchema, text);

export function imagesAsked({ images }: BulkJob): number {
  if (images.case === "count") return images.value;
  if (images.case === "prevalence") return images.value.rows.reduce((sum, row) => sum + row.images, 0);
  return images.case === "seeds" ? images.value.ranges.reduce((sum, { count }) => sum + count, images.value.values.length) : 0;
}

// What a job makes, in words: name and value.
export function summary(job: BulkJob): [string, string][] {
  const format = FORMATS.find((name) => ENCODINGS[name] === job.picture?.encoding) ?? "png";
  const layout = LAYOUTS.find((name) => LAYOUT[name] === job.layout) ?? "folder";
  const told: [string, string][] = [[t("jobs.makes"), counted("jobs.images", imagesAsked(job))]];
  if (job.recipe?.truncation?.psi !== undefined) told.push([t("jobs.psi"), number(job.recipe.truncation.psi, 2)]);
  const labels = Object.entries(job.recipe?.labels ?? {});
  if (labels.length > 0) told.push([t("jobs.labels"), labels.map(([name, value]) => `${name} ${value}`).join(", ")]);
  const changes = [counted("jobs.edits", job.edits.length), counted("jobs.transfers", job.transfers.length)];
  if (job.edits.length + job.transfers.length > 0) told.push([t("jobs.changesTold"), changes.join(", ")]);
  told.push([t("jobs.format"), `${t(`jobs.format.${format}`)}, ${t(`jobs.layout.${layout}`)}`]);
  return told;
}
