// The pictures of cases and quizzes, as the viewer takes them: asked for when they are shown, remembered while the page is open.

import { useEffect, useState } from "preact/hooks";

import { ImageEncoding } from "../protos/mammoganesis/v1/images_pb";
import type { CaseImage } from "../protos/mammoganesis/v1/cases_pb";
import type { QuizPicture } from "../protos/mammoganesis/v1/quizzes_pb";
import { keyOf } from "../images/small";
import { quizService, samplingService } from "../rpc/clients";
import { isCancelled, messageOf, retryAfter } from "../rpc/failures";
import { dimensions } from "../state/served";
import { latentOf } from "../state/recipe";
import type { Picture, Slot, ViewerImage } from "../viewer/types";
import { decodePicture } from "../viewer/picture";
import { imageName, viewerSide, viewerView } from "./words";

export interface Shown extends Omit<ViewerImage, keyof Picture | "quality"> {
  readonly load: (signal: AbortSignal) => Promise<Picture>;
}

// A picture of a case, drawn from its recipe.
export function caseShown(image: CaseImage, place: number): Shown {
  const recipe = image.latent?.kind.case === "recipe" ? image.latent.kind.value : null;
  return {
    ...described(image, place),
    key: recipe ? keyOf(recipe) : image.imageId,
    load: async (signal) => {
      const encoding = dimensions.value?.channels === 1 ? ImageEncoding.PNG_16 : ImageEncoding.PNG_8;
      const { images } = await samplingService.sample({ latents: recipe ? [latentOf(recipe)] : [], format: { encoding } }, { signal });
      return decodePicture(images[0]?.data ?? new Uint8Array(), images[0]?.markPlace);
    },
  };
}

// A picture of a quiz, as it was drawn when the quiz was published.
export function quizShown(token: string, picture: QuizPicture, place: number): Shown {
  return {
    ...described(picture, place),
    key: `${token} ${picture.pictureId}`,
    load: async (signal) => {
      const { data, markPlace } = await quizService.getQuizPicture({ token, pictureId: picture.pictureId }, { signal });
      return decodePicture(data, markPlace);
    },
  };
}

function described(image: CaseImage | QuizPicture, place: number): Omit<Shown, "key" | "load"> {
  const millimetres = image.pixelSpacingMillimetres;
  return {
    title: imageName(image, place),
    side: viewerSide(image.side),
    view: viewerView(image.view),
    pixelSpacing: millimetres > 0 ? millimetres : undefined,
  };
}

const REMEMBERED = 16; // pictures of half a MiB
const pictures = new Map<string, Picture>(); // by key, the latest asked for last

async function pictureOf({ key, load }: Shown, signal: AbortSignal): Promise<Picture> {
  const picture = pictures.get(key) ?? (await load(signal));
  pictures.delete(key);
  pictures.set(key, picture);
  const [oldest] = pictures.keys();
  if (pictures.size > REMEMBERED && oldest !== undefined) pictures.delete(oldest);
  return picture;
}

type Loaded = Map<string, Picture | string>; // by key: the picture, or why there is none

// The slots of a viewer: each picture as soon as it is there.
export function useSlots(shown: Shown[]): Slot[] {
  const [loaded, setLoaded] = useState<Loaded>(new Map());
  const keys = shown.map(({ key }) => key).join(" ");
  useEffect(() => {
    const controller = new AbortController();
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const keep = (key: string, value: Picture | string) => {
      if (!controller.signal.aborted) setLoaded((before) => new Map(before).set(key, value));
    };
    const ask = (one: Shown): void => {
      pictureOf(one, controller.signal).then(
        (picture) => keep(one.key, picture),
        (error: unknown) => {
          if (isCancelled(error) || controller.signal.aborted) return;
          const seconds = retryAfter(error);
          if (seconds === null) keep(one.key, messageOf(error));
          else timers.add(setTimeout(() => ask(one), 1000 * seconds));
        },
      );
    };
    setLoaded((before) => new Map([...before].filter(([key]) => shown.some((one) => one.key === key))));
    shown.forEach(ask);
    return () => {
      controller.abort();
      timers.forEach(clearTimeout);
    };
  }, [keys]);
  return shown.map((one) => slotOf(one, loaded.get(one.key)));
}

function slotOf({ load: _load, ...described }: Shown, picture: Picture | string | undefined): Slot {
  if (picture === undefined) return { state: "loading", title: described.title };
  if (typeof picture === "string") return { state: "failed", title: described.title, reason: picture };
  return { state: "there", image: { ...described, ...picture, quality: "full" } };
}
