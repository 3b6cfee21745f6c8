// What is known of image files that a person chooses: by a manifest (CSV), or by their names. Pure functions.

import { Density } from "../protos/mammoganesis/v1/cases_pb";
import { Side, View } from "../protos/mammoganesis/v1/images_pb";

export const MANIFEST_COLUMNS = ["file", "patient_id", "view", "side", "density", "training"] as const;
type Column = (typeof MANIFEST_COLUMNS)[number];

// Other names that columns have in published sets.
const ALSO: Record<string, Column> = { filename: "file", patient: "patient_id", laterality: "side", density_acr: "density" };

export const VIEWS: Record<string, View> = { CC: View.CC, MLO: View.MLO };
export const SIDES: Record<string, Side> = { L: Side.LEFT, R: Side.RIGHT, LEFT: Side.LEFT, RIGHT: Side.RIGHT };
export const DENSITIES: Record<string, Density> = { A: Density.A, B: Density.B, C: Density.C, D: Density.D };

const YES_NO: Record<string, boolean> = { 1: true, 0: false, TRUE: true, FALSE: false, YES: true, NO: false };

export interface About {
  patientId: string;
  view: View;
  side: Side;
  density: Density;
  training: boolean; // the model was trained on it: compared, never shown
}

export interface Row extends About {
  file: string; // as the manifest names it, perhaps in a folder
}

export type Problem =
  | { kind: "column"; column: Column } // the manifest lacks it
  | { kind: "value"; line: number; column: Column; value: string; allowed: string }
  | { kind: "unnamed"; file: string } // the manifest does not name it
  | { kind: "missing"; file: string } // the manifest names it, and it was not chosen
  | { kind: "twice"; file: string }; // two files of this name

export const PATIENT_CHARACTERS = 64;
export const NAME_CHARACTERS = 200;

// Rows of a CSV file: commas, semicolons or tabs, whichever its first line has most of; quotes as spreadsheets write them.
export function rowsOf(text: string): string[][] {
  const content = text.replace(/^\uFEFF/, "");
  const [first = ""] = content.split(/\r?\n/, 1);
  const [separator = ","] = [",", ";", "\t"].sort((a, b) => first.split(b).length - first.split(a).length);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    if (row.some((one) => one.trim() !== "")) rows.push(row.map((one) => one.trim()));
    row = [];
    cell = "";
  };
  for (let place = 0; place < content.length; place++) {
    const letter = content[place];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (content[place + 1] === '"') cell += content[place++];
      else quoted = false;
    } else if (letter === '"' && cell.trim() === "") quoted = true;
    else if (letter === separator) {
      row.push(cell);
      cell = "";
    } else if (letter === "\n") endRow();
    else if (letter !== "\r") cell += letter;
  }
  endRow();
  return rows;
}

export function readManifest(text: string): { rows: Row[]; problems: Problem[] } {
  const [head = [], ...lines] = rowsOf(text);
  const columns = head.map((name) => name.toLowerCase()).map((name) => ALSO[name] ?? name);
  const problems: Problem[] = (["file", "patient_id"] as const).filter((column) => !columns.includes(column)).map((column) => ({ kind: "column", column }));
  if (problems.length > 0) return { rows: [], problems };
  const rows: Row[] = [];
  lines.forEach((line, place) => {
    const of = (column: Column) => line[columns.indexOf(column)] ?? "";
    const bad = (column: Column, allowed: string) => problems.push({ kind: "value", line: place + 2, column, value: of(column), allowed });
    const oneOf = <Value>(column: Column, values: Record<string, Value>, absent: Value): Value => {
      const value = of(column).toUpperCase();
      if (value !== "" && values[value] === undefined) bad(column, Object.keys(values).join(", "));
      return values[value] ?? absent;
    };
    const row = {
      file: of("file"),
      patientId: of("patient_id"),
      view: oneOf("view", VIEWS, View.UNSPECIFIED),
      side: oneOf("side", SIDES, Side.UNSPECIFIED),
      density: oneOf("density", DENSITIES, Density.UNSPECIFIED),
      training: oneOf("training", YES_NO, false),
    };
    if (row.file === "") bad("file", "*");
    if (row.patientId === "" || row.patientId.length > PATIENT_CHARACTERS) bad("patient_id", `1-${PATIENT_CHARACTERS}`);
    rows.push(row);
  });
  return { rows, problems };
}

const nameOf = (path: string) => path.split(/[\\/]/).at(-1) ?? path;

const DICOM = /(\.(dcm|dicom|ima)|^[^.]+)$/i; // often without an ending

// What a file's name says in the common way, such as "P102_R_DM_MLO.png": the patient stands first.
export function guessed(path: string): About {
  const stem = nameOf(path).replace(/\.[A-Za-z0-9]+$/, "");
  const parts = stem.split(/[_\s-]+/).filter(Boolean);
  const said = <Value>(values: Record<string, Value>, absent: Value): Value => parts.slice(1).map((part) => values[part.toUpperCase()]).find((value) => value !== undefined) ?? absent;
  const patientId = DICOM.test(nameOf(path)) ? "" : (parts[0] ?? stem).slice(0, PATIENT_CHARACTERS); // a DICOM file says itself whose it is
  return { patientId, view: said(VIEWS, View.UNSPECIFIED), side: said(SIDES, Side.UNSPECIFIED), density: Density.UNSPECIFIED, training: false };
}

export interface Chosen {
  path: string; // with its folders, as far as the browser tells them
}

export interface Sorted<File extends Chosen> {
  images: (About & { name: string; file: File })[];
  manifest: File | null;
  others: string[]; // names of files that are neither image nor manifest
}

const IMAGE = /\.(png|jpe?g|tiff?)$/i;
const MANIFEST = /\.(csv|tsv)$/i;

// Which of the chosen files are images, and which is the manifest.
export function sortedOut<File extends Chosen>(files: File[]): Sorted<File> {
  const visible = files.filter(({ path }) => !path.split("/").some((part) => part.startsWith(".")));
  const manifests = visible.filter(({ path }) => MANIFEST.test(path));
  const images = visible.filter(({ path }) => [IMAGE, DICOM].some((kind) => kind.test(nameOf(path))));
  return {
    images: images.map((file) => ({ ...guessed(file.path), name: nameOf(file.path), file })),
    manifest: manifests.find(({ path }) => /manifest/i.test(nameOf(path))) ?? manifests[0] ?? null,
    others: visible.filter((file) => !manifests.includes(file) && !images.includes(file)).map(({ path }) => nameOf(path)),
  };
}

// The images with what the manifest says of them; those that it does not name are left out, and named.
export function described<File extends Chosen>(images: Sorted<File>["images"], rows: Row[]): { images: Sorted<File>["images"]; problems: Problem[] } {
  const problems: Problem[] = [];
  const left = new Set(rows);
  const isAt = (row: Row, path: string) => {
    const file = row.file.replaceAll("\\", "/").replace(/^\.\//, "");
    return path === file || path.endsWith(`/${file}`) || (!path.includes("/") && nameOf(file) === path);
  };
  const named = images.flatMap((image) => {
    const row = rows.find((one) => isAt(one, image.file.path));
    if (!row) {
      problems.push({ kind: "unnamed", file: image.name });
      return [];
    }
    left.delete(row);
    const { file: _, ...about } = row;
    return [{ ...image, ...about }];
  });
  for (const { file } of left) problems.push({ kind: "missing", file });
  return { images: named, problems };
}

// Images have their names to themselves within a study.
export function twice(images: { name: string }[]): Problem[] {
  const seen = new Set<string>();
  const again = images.filter(({ name }) => seen.size === seen.add(name).size);
  return [...new Set(again.map(({ name }) => name))].map((file) => ({ kind: "twice", file }));
}
