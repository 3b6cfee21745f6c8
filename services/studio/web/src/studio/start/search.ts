// Seeds whose images measure as wished: looked for in short calls, so that how far the search is can be said, and it ends at once when stopped.

import { signal } from "@preact/signals";

import { keepPicture } from "../../images/small";
import type { FindSeedsResponse } from "../../protos/mammoganesis/v1/sampling_pb";
import { samplingService } from "../../rpc/clients";
import { isCancelled, messageOf, retryAfter } from "../../rpc/failures";
import { inOrder } from "../../state/labels";
import { recipeOfSeed } from "../../state/recipe";
import { editing, labelFields, lost, served, smallResolution } from "../../state/served";
import { isMeasured, sameKind, type Filters } from "./filters";
import { amongMeasured, rangesOf, scaleOf, type Found, type Range, type Scale } from "./thirds";

const AT_ONCE = 16; // seeds of a call
export const SCALE = 48; // images from which the thirds are taken

// measuring: the thirds are not known yet. searching. done: as many as wished, or all looked through.
export interface Search {
  readonly state: "none" | "measuring" | "searching" | "stopped" | "done" | "failed";
  readonly found: readonly Found[];
  readonly measured: number; // of SCALE
  readonly examined: number; // of `through` in the filters
  readonly failure: string;
}

const NOTHING: Search = { state: "none", found: [], measured: 0, examined: 0, failure: "" };

export const search = signal<Search>(NOTHING);

let current: { filters: Filters; digest: string } | null = null;
let running = new AbortController();

interface Sample {
  readonly images: readonly Found[]; // of the seeds from 0 on
  readonly scale: Scale;
}

const samples = new Map<string, Sample>(); // by bundle and labels

export function stopSearch(): void {
  running.abort();
  if (search.value.state === "measuring" || search.value.state === "searching") search.value = { ...search.value, state: "stopped" };
}

// Looks for what the filters wish, from where an earlier search for the same ended.
export function searchFor(filters: Filters): void {
  running.abort();
  const digest = served.value?.model.bundleDigest;
  if (!isMeasured(filters) || digest === undefined) {
    current = null;
    search.value = NOTHING;
    return;
  }
  const goesOn = current !== null && current.digest === digest && sameKind(current.filters, filters);
  current = { filters, digest };
  running = new AbortController();
  void run(filters, digest, goesOn ? search.value : NOTHING, running.signal).catch((error: unknown) => {
    if (!isCancelled(error)) search.value = { ...search.value, state: "failed", failure: messageOf(error) };
  });
}

async function run(filters: Filters, digest: string, before: Search, abort: AbortSignal): Promise<void> {
  const { images, scale } = await sampleOf(filters.labels, digest, abort);
  abort.throwIfAborted();
  const ranges = rangesOf(filters, scale);
  const say = (change: Partial<Search>) => {
    abort.throwIfAborted();
    search.value = { ...search.value, ...change };
  };
  const end = Math.min(filters.first + filters.through, (editing.peek()?.maxSeed ?? 2 ** 32 - 1) + 1);
  const there = before.examined > 0 ? before : amongMeasured(images, ranges, { first: filters.first, wanted: filters.shown });
  search.value = { ...NOTHING, state: "searching", found: there.found, examined: there.examined };
  while (search.value.found.length < filters.shown && filters.first + search.value.examined < end) {
    const { examined, found } = search.value;
    const from = filters.first + examined;
    const count = Math.min(AT_ONCE, end - from);
    const wanted = Math.min(count, filters.shown - found.length);
    let last = count;
    const answers: Found[] = [];
    for await (const answer of answersOf({ first: from, count }, ranges, wanted, filters.labels, abort)) {
      answers.push(keep(answer));
      if (answers.length === wanted) last = answer.examined;
      say({ found: [...found, ...answers], examined: examined + answer.examined });
    }
    say({ examined: examined + last });
  }
  say({ state: "done" });
}

// Images with these labels, to tell what is low and what is high.
async function sampleOf(labels: Record<string, string>, digest: string, abort: AbortSignal): Promise<Sample> {
  const key = `${digest} ${JSON.stringify(Object.entries(labels).sort())}`;
  const there = samples.get(key);
  if (there) return there;
  search.value = { ...NOTHING, state: "measuring" };
  const images: Found[] = [];
  for (let first = 0; first < SCALE; first += AT_ONCE) {
    for await (const answer of answersOf({ first, count: AT_ONCE }, [], AT_ONCE, labels, abort)) {
      abort.throwIfAborted();
      images.push(keep(answer));
      search.value = { ...search.value, measured: images.length };
    }
  }
  const sample = { images, scale: scaleOf(images.map(({ measures }) => measures)) };
  samples.set(key, sample);
  return sample;
}

function keep({ seed, image, measures }: FindSeedsResponse): Found {
  const labels = inOrder(image?.recipe?.labels ?? {}, labelFields.peek());
  if (image) keepPicture(recipeOfSeed(Number(seed), labels), smallResolution.peek(), image.data);
  return { seed: Number(seed), measures: Object.fromEntries(measures.map(({ name, value }) => [name, value])) };
}

// The answers of one call. Where the server is away or busy it is asked again, for what was not looked at yet.
async function* answersOf(
  { first, count }: { first: number; count: number },
  ranges: Range[],
  wanted: number,
  labels: Record<string, string>,
  abort: AbortSignal,
): AsyncGenerator<FindSeedsResponse> {
  let [examined, got] = [0, 0];
  for (;;) {
    const begun = examined;
    const request = {
      seedRange: { first: BigInt(first + begun), count: count - begun },
      ranges,
      count: wanted - got,
      labels,
      labelsDrawn: true,
      format: { resolution: smallResolution.peek() },
    };
    try {
      for await (const answer of samplingService.findSeeds(request, { signal: abort })) {
        examined = begun + answer.examined;
        got += 1;
        yield { ...answer, examined };
      }
      return;
    } catch (error) {
      const seconds = isCancelled(error) ? null : retryAfter(error);
      if (seconds === null) throw error;
      lost(error);
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
      abort.throwIfAborted();
      if (examined === count || got === wanted) return;
    }
  }
}
