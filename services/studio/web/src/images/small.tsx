// Small pictures of recipes: asked for when they come into sight, two at a time, remembered while the page is open.

import { toBinary } from "@bufbuild/protobuf";
import { useEffect, useRef, useState } from "preact/hooks";

import { RecipeSchema, type Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { samplingService } from "../rpc/clients";
import { isCancelled, messageOf, retryAfter } from "../rpc/failures";
import { base64url } from "../state/base64url";
import { served } from "../state/served";
import { t } from "../texts/texts";
import { turns } from "./turns";

const AT_ONCE = 2; // the image on the stage waits behind few of them
const REMEMBERED = 400;
const urls = new Map<string, string>(); // recipe -> blob: address, the latest asked for last
const turn = turns(AT_ONCE);

export const keyOf = (recipe: Recipe) => base64url(toBinary(RecipeSchema, recipe));

// Images of another bundle are not these.
const nameOf = (recipe: Recipe, resolution: number) => `${served.value?.model.bundleDigest ?? ""} ${resolution} ${keyOf(recipe)}`;

function remember(key: string, png: Uint8Array): string {
  const url = URL.createObjectURL(new Blob([png as Uint8Array<ArrayBuffer>], { type: "image/png" }));
  urls.set(key, url);
  const [oldest] = urls.keys();
  if (urls.size > REMEMBERED && oldest) {
    URL.revokeObjectURL(urls.get(oldest) ?? "");
    urls.delete(oldest);
  }
  return url;
}

// A picture that came with another answer, so that it is not asked for again.
export function keepPicture(recipe: Recipe, resolution: number, png: Uint8Array): void {
  const key = nameOf(recipe, resolution);
  if (!urls.has(key)) remember(key, png);
}

// A blob: address of a small picture; it belongs to this module.
export async function smallPicture(recipe: Recipe, resolution: number, signal: AbortSignal): Promise<string> {
  const key = nameOf(recipe, resolution);
  const there = urls.get(key);
  if (there) return there;
  const done = await turn();
  try {
    signal.throwIfAborted();
    const { images } = await samplingService.sample({ latents: [{ kind: { case: "recipe", value: recipe } }], format: { resolution } }, { signal });
    return remember(key, images[0]?.data ?? new Uint8Array());
  } finally {
    done();
  }
}

interface ThumbnailProps {
  recipe: Recipe;
  resolution: number; // of the preview; 0: the model's own
  alt: string; // "" where what is written beside it says the same
}

export function Thumbnail({ recipe, resolution, alt }: ThumbnailProps) {
  const place = useRef<HTMLSpanElement>(null);
  const [url, setUrl] = useState<string | null>(null);
  const [failure, setFailure] = useState("");
  const key = nameOf(recipe, resolution);
  useEffect(() => {
    const controller = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    setUrl(null);
    setFailure("");
    const show = () =>
      smallPicture(recipe, resolution, controller.signal).then(setUrl, (error: unknown) => {
        if (isCancelled(error) || controller.signal.aborted) return;
        const seconds = retryAfter(error);
        if (seconds === null) setFailure(messageOf(error));
        else again = setTimeout(show, 1000 * seconds);
      });
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      void show();
    }, { rootMargin: "200px" });
    if (place.current) observer.observe(place.current);
    return () => {
      observer.disconnect();
      controller.abort();
      clearTimeout(again);
    };
  }, [key]);
  return (
    <span class="thumbnail" ref={place} aria-busy={url === null && !failure}>
      {url ? <img src={url} alt={alt} /> : <span class="skeleton">{failure || t("state.loading")}</span>}
    </span>
  );
}
