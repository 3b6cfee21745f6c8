// Real images on their way into a study: chosen, described, sent one after the other.

import { computed, signal } from "@preact/signals";

import type { Density } from "../protos/mammoganesis/v1/cases_pb";
import type { Side, View } from "../protos/mammoganesis/v1/images_pb";
import { messageOf } from "../rpc/failures";
import { readerStudyService } from "../rpc/clients";
import { sendable } from "../rpc/files";
import { described, readManifest, sortedOut, twice, type Problem } from "./manifest";
import { draft } from "./store";
import { forgetReal } from "./studypicture";

export interface ChosenFile {
  path: string;
  file: File;
}

export interface Staged {
  name: string;
  file: File;
  patientId: string;
  view: View;
  side: Side;
  density: Density;
  training: boolean;
  failure: string; // why it was not taken
}

const AT_ONCE = 3; // files on their way

export const staged = signal<Staged[]>([]);
export const problems = signal<Problem[]>([]); // of what was chosen
export const leftOut = signal<string[]>([]); // neither image nor manifest
export const isGuessed = signal(false); // patients by the names of files
export const progress = signal<{ done: number; total: number } | null>(null); // of sending; null: nothing is being sent

export const sendableNow = computed(() => staged.value.length > 0 && progress.value === null && !problems.value.some(({ kind }) => kind === "column" || kind === "value" || kind === "twice"));

export async function choose(files: ChosenFile[]): Promise<void> {
  const sorted = sortedOut(files);
  let { images } = sorted;
  let found: Problem[] = [];
  if (sorted.manifest) {
    const { rows, problems: bad } = readManifest(await sorted.manifest.file.text());
    const said = described(images, rows);
    found = bad.length > 0 ? bad : said.problems;
    images = said.images;
  }
  problems.value = [...found, ...twice(images)];
  leftOut.value = sorted.others;
  isGuessed.value = sorted.manifest === null && images.length > 0;
  staged.value = images.map(({ file, ...about }) => ({ ...about, file: file.file, failure: "" }));
}

export function correct(name: string, change: Partial<Staged>): void {
  staged.value = staged.value.map((one) => (one.name === name ? { ...one, ...change } : one));
}

export function forget(): void {
  staged.value = [];
  problems.value = [];
  leftOut.value = [];
}

// Sends what is chosen; what is not taken stays, with the reason.
export async function send(studyId: string): Promise<void> {
  const waiting = [...staged.value];
  progress.value = { done: 0, total: waiting.length };
  const one = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { name, file, patientId, view, side, density, training } = next;
      try {
        await readerStudyService.addReal({ studyId, real: { name, patientId, view, side, density, training }, file: await sendable(file) });
        forgetReal(studyId, name);
        staged.value = staged.value.filter((other) => other.name !== name);
      } catch (error) {
        correct(name, { failure: messageOf(error) });
      }
      if (progress.value) progress.value = { ...progress.value, done: progress.value.done + 1 };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  progress.value = null;
  if (staged.value.length === 0) forget();
  await draft.look().catch(() => undefined);
}

// Files of what is dropped, those in folders too, with their paths.
export async function droppedFiles(items: DataTransferItemList): Promise<ChosenFile[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null); // before the first wait: afterwards they are gone
  const found: ChosenFile[] = [];
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      found.push({ path: entry.fullPath.replace(/^\//, ""), file });
    } else {
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      for (;;) {
        const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject)); // at most 100 at a time
        if (some.length === 0) return;
        for (const one of some) await walk(one);
      }
    }
  };
  for (const entry of entries) await walk(entry);
  return found;
}

export const chosenFiles = (files: File[]): ChosenFile[] => files.map((file) => ({ path: file.webkitRelativePath || file.name, file }));
