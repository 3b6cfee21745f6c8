// What a closed study tells its reader, as it is on show; the address says which trial.

import { Code, ConnectError } from "@connectrpc/connect";
import { computed, effect, signal } from "@preact/signals";

import type { CategoryAnswer, DebriefTrial, GetDebriefResponse, RatingAnswer, ReadingAnswer } from "../protos/mammoganesis/v1/studies_pb";
import { addressOf, readAddress } from "../quiz/address";
import { readerStudyService } from "../rpc/clients";
import { messageOf } from "../rpc/failures";
import { lasting } from "../rpc/lasting";
import { BI_RADS, DENSITIES } from "../teaching/words";
import { counted, t } from "../texts/texts";
import { stage, token, trouble } from "./store";

export const debrief = signal<GetDebriefResponse | null>(null);
export const untold = signal(false); // nothing is told
export const failure = signal("");
export const step = signal(0); // from 1: the trial on show; 0: the results

export const here = computed<DebriefTrial | null>(() => debrief.value?.trials[step.value - 1] ?? null);

// Asks once the study has closed.
export function waitForDebrief(): void {
  effect(() => {
    if (stage.value === "closed" && !debrief.peek()) void ask();
  });
  addEventListener("popstate", () => (step.value = asked()));
}

const asked = () => readAddress(location.hash, debrief.value?.trials.length ?? 0).step;

async function ask(): Promise<void> {
  try {
    debrief.value = await lasting(
      () => readerStudyService.getDebrief({ token: token.value }),
      (text) => void (trouble.value = text),
    );
    step.value = asked();
  } catch (error) {
    untold.value = error instanceof ConnectError && [Code.FailedPrecondition, Code.PermissionDenied].includes(error.code);
    failure.value = messageOf(error);
  }
}

export function arrive(next: number): void {
  step.value = next;
  history.pushState(null, "", addressOf({ token: token.value, step: next }, debrief.value?.trials.length ?? 0));
}

// An answer in a few words.
export function answerText(answer: ReadingAnswer | undefined, anchors: readonly string[]): string {
  const kind = answer?.kind;
  switch (kind?.case) {
    case "rating":
      return ratingText(kind.value);
    case "chosen":
      return t("teaching.image", { number: kind.value + 1 });
    case "location":
      return `${t(`rating.${kind.value.confidence as 1 | 2 | 3 | 4 | 5 | 6}`)}, ${counted("debrief.places", kind.value.places.length)}`;
    case "quality":
      return anchors[kind.value - 1] ?? String(kind.value);
    case "reading":
      return readingText(kind.value);
    case "suspicion":
      return t(kind.value.suspected ? "debrief.suspicion.yes" : "debrief.suspicion.no");
    default:
      return t("debrief.none");
  }
}

function ratingText({ confidence, generated }: RatingAnswer): string {
  const rating = t(`rating.${confidence as 1 | 2 | 3 | 4 | 5 | 6}`);
  return generated === undefined ? rating : t("debrief.decided", { rating, answer: t(generated ? "debrief.generated" : "debrief.real") });
}

function readingText({ biRads, density }: CategoryAnswer): string {
  const category = BI_RADS.find(({ value }) => value === biRads)?.code;
  const dense = DENSITIES.find(({ value }) => value === density)?.code;
  return [category ? t("debrief.biRads", { category }) : "", dense ? t("debrief.density", { category: dense }) : ""].filter(Boolean).join(", ");
}

// Which images are generated, in a few words.
export function truthText({ generated }: DebriefTrial): string {
  if (generated.length === 1) return t(generated[0] ? "debrief.generated" : "debrief.real");
  const images = generated.flatMap((is, at) => (is ? t("teaching.image", { number: at + 1 }) : []));
  return images.length > 0 ? t("practice.which", { images: images.join(", ") }) : t("debrief.none");
}
