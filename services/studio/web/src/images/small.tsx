// Small pictures of recipes, remembered while the page is open.

import { toBinary } from "@bufbuild/protobuf";

import { RecipeSchema, type Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { samplingService } from "../rpc/clients";
import { base64url } from "../state/base64url";
import { served } from "../state/served";
import { Album, LazyPicture } from "./lazy";

const AT_ONCE = 2; // the image on the stage waits behind few of them
const REMEMBERED = 400;
const album = new Album(AT_ONCE, REMEMBERED);

export const keyOf = (recipe: Recipe) => base64url(toBinary(RecipeSchema, recipe));

// Images of another bundle are not these.
const nameOf = (recipe: Recipe, resolution: number) => `${served.value?.model.bundleDigest ?? ""} ${resolution} ${keyOf(recipe)}`;

// A picture that came with another answer, so that it is not asked for again.
export function keepPicture(recipe: Recipe, resolution: number, png: Uint8Array): void {
  const key = nameOf(recipe, resolution);
  if (!album.has(key)) album.remember(key, new Blob([png as Uint8Array<ArrayBuffer>], { type: "image/png" }));
}

// A blob: address of a small picture; it belongs to this module.
export const smallPicture = (recipe: Recipe, resolution: number, signal: AbortSignal): Promise<string> =>
  album.picture(
    nameOf(recipe, resolution),
    async () => {
      const { images } = await samplingService.sample({ latents: [{ kind: { case: "recipe", value: recipe } }], format: { resolution } }, { signal });
      return images[0]?.data ?? new Uint8Array();
    },
    signal,
  );

interface ThumbnailProps {
  recipe: Recipe;
  resolution: number; // of the preview; 0: the model's own
  alt: string; // "" where what is written beside it says the same
}

export function Thumbnail({ recipe, resolution, alt }: ThumbnailProps) {
  return <LazyPicture name={nameOf(recipe, resolution)} load={(signal) => smallPicture(recipe, resolution, signal)} alt={alt} />;
}
