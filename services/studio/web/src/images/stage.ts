// From the state to the pictures on the stage. One answer is awaited at a time and the latest wish wins. While a control moves the image follows
// it where full images are quick; a preview stands in for it otherwise, and the image itself comes as soon as the control rests.

import { computed, effect, signal, untracked } from "@preact/signals";

import { ImageEncoding, type GeneratedImage } from "../protos/mammoganesis/v1/images_pb";
import type { Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { samplingService } from "../rpc/clients";
import { isAway, isCancelled, limitEnds, messageOf, retryAfter } from "../rpc/failures";
import { recipeOfText, textOf } from "../state/address";
import { latentOf } from "../state/recipe";
import { dimensions, generation, lost, served } from "../state/served";
import { moving } from "../state/store";
import { decodePicture } from "../viewer/picture";
import type { Picture } from "../viewer/types";
import { firstPace, isQuick, paceAfter, type Pace } from "./pace";

const REST = 500; // milliseconds that a control may stand still under a hand before the full image is asked for

export interface Shown {
  readonly text: string; // of the recipe as the page has it
  readonly image: GeneratedImage; // with the complete recipe
  readonly picture: Picture;
  readonly quality: "full" | "preview";
}

export interface Stage {
  readonly shown: { readonly value: Shown | null };
  readonly failure: { readonly value: string }; // of the recipe wished for; "" for none
  readonly busy: { readonly value: boolean }; // what is shown is not what is wished for
  // What is to be shown; null for nothing.
  want(recipe: Recipe | null): void;
  retry(): void;
}

type Drawing = Pick<typeof samplingService, "sample">;

export const pace = signal<Pace>(firstPace);

const remembered = new Map<string, Shown>(); // full images by recipe: undo, history and comparisons show at once
const REMEMBERED = 48;

// `drawing`: who makes the images.
export function createStage(drawing: Drawing = samplingService): Stage {
  const shown = signal<Shown | null>(null);
  const failure = signal("");
  const busy = signal(false);
  const wish = signal<string | null>(null);
  let running: { controller: AbortController; quality: "full" | "preview"; text: string } | null = null;
  let rest: ReturnType<typeof setTimeout> | undefined;
  let later: ReturnType<typeof setTimeout> | undefined; // when the services take it again
  let rested = false; // the control stands still, although a preview may not have come yet

  function take(answer: Shown): void {
    shown.value = answer;
    failure.value = "";
    busy.value = answer.text !== wish.value || answer.quality !== "full";
  }

  // Asks for what is wished for, unless it is there, or on its way.
  function next(quality: "full" | "preview"): void {
    const text = wish.value;
    if (text === null || !served.value) return;
    const there = remembered.get(text);
    if (there) {
      running?.controller.abort();
      running = null;
      take(there);
      return;
    }
    busy.value = true;
    if (running) {
      if (running.text === text && running.quality === quality) return;
      if (moving.value) return; // its answer is shown, then the latest wish follows
      running.controller.abort();
    }
    const controller = new AbortController();
    const mine = { controller, quality, text };
    running = mine;
    void draw(drawing, text, quality, controller.signal).then(
      (answer) => {
        if (running !== mine) return;
        running = null;
        take(answer);
        if (wish.value !== text) follow();
        else if (quality === "preview" && (!moving.value || rested)) next("full");
      },
      (error: unknown) => {
        if (running !== mine) return;
        running = null;
        if (isCancelled(error)) return;
        const seconds = retryAfter(error);
        if (isAway(error)) lost(error); // comes back with the next generation
        else if (seconds !== null) {
          if (limitEnds(error)) [failure.value, busy.value] = [messageOf(error), false];
          later = setTimeout(follow, 1000 * seconds);
        } else if (wish.value === text) [failure.value, busy.value] = [messageOf(error), false];
        else follow();
      },
    );
  }

  function follow(): void {
    clearTimeout(rest);
    clearTimeout(later);
    rested = false;
    const previews = (dimensions.value?.previewResolution ?? 0) > 0;
    if (!moving.value || isQuick(pace.value) || !previews) return next("full");
    next("preview");
    rest = setTimeout(() => {
      rested = true;
      next("full");
    }, REST);
  }

  effect(() => {
    void [wish.value, moving.value, generation.value];
    untracked(follow);
  });

  return {
    shown,
    failure,
    busy,
    want(recipe) {
      const text = recipe && textOf(recipe);
      if (text === wish.value) return;
      failure.value = "";
      if (text === null) {
        clearTimeout(rest);
        clearTimeout(later);
        running?.controller.abort();
        running = null;
        shown.value = null;
        busy.value = false;
      }
      wish.value = text;
    },
    retry() {
      failure.value = "";
      follow();
    },
  };
}

// A full image by itself, at once where it has been on a stage before.
export async function fullImage(recipe: Recipe, abort: AbortSignal): Promise<Shown> {
  const text = textOf(recipe);
  return remembered.get(text) ?? draw(samplingService, text, "full", abort);
}

async function draw(drawing: Drawing, text: string, quality: "full" | "preview", abort: AbortSignal): Promise<Shown> {
  const recipe = recipeOfText(text);
  const { previewResolution = 0, channels = 1 } = dimensions.peek() ?? {};
  const encoding = channels === 1 ? ImageEncoding.PNG_16 : ImageEncoding.PNG_8;
  const format = { encoding, resolution: quality === "preview" ? previewResolution : 0 };
  const begin = performance.now();
  const { images } = await drawing.sample({ latents: [latentOf(recipe)], format }, { signal: abort });
  const [image] = images;
  if (!image) throw new TypeError("an answer without an image");
  const answer = { text, image, picture: decodePicture(image.data, image.markPlace), quality };
  if (quality === "full") {
    pace.value = paceAfter(pace.peek(), performance.now() - begin);
    remember(answer);
  }
  return answer;
}

function remember(answer: Shown): void {
  remembered.delete(answer.text);
  remembered.set(answer.text, answer);
  const [oldest] = remembered.keys();
  if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
}

// Images of another bundle are not these.
const digest = computed(() => served.value?.model.bundleDigest);
digest.subscribe(() => remembered.clear());
