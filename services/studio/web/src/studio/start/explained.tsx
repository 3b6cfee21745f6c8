// Seed, truncation, direction and region, each with pictures that the model makes of itself.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Thumbnail } from "../../images/small";
import { Message } from "../../parts/messages";
import type { Recipe } from "../../protos/mammoganesis/v1/latents_pb";
import type { RegionSummary } from "../../protos/mammoganesis/v1/style_transfer_pb";
import { styleTransferService } from "../../rpc/clients";
import { isCancelled, messageOf, retryAfter } from "../../rpc/failures";
import { latentOf, recipeOfSeed, seedOf, withEdit, type Axis } from "../../state/recipe";
import { components, directions, drawnLabels, editing, generation, lost, regions, served, smallResolution } from "../../state/served";
import { directionName, originText, regionName } from "../../state/words";
import { number, signed, t } from "../../texts/texts";
import { decodePicture } from "../../viewer/picture";
import type { Picture } from "../../viewer/types";
import { exampleRegion, outlinesOfRegion, pathOf } from "./region";

const SEED = 5;

const ofSeed = (seed: number, psi?: number): Recipe => recipeOfSeed(seed, drawnLabels(seed), psi);

export function SeedExplained() {
  return (
    <Topic title={t("intro.seed.title")} text={t("intro.seed.text")}>
      {[SEED, SEED + 1, SEED + 2].map((seed) => ofSeed(seed)).map((recipe) => (
        <Example key={String(seedOf(recipe))} recipe={recipe} caption={originText(recipe)} />
      ))}
    </Topic>
  );
}

export function TruncationExplained() {
  const psi = editing.value.psi;
  return (
    <Topic title={t("intro.truncation.title")} text={t("intro.truncation.text")}>
      <Example recipe={ofSeed(SEED, 0.3)} caption={number(0.3, 2)} />
      <Example recipe={ofSeed(SEED)} caption={number(psi, 2)} />
      <Example recipe={ofSeed(SEED, 1)} caption={number(1, 2)} />
    </Topic>
  );
}

export function DirectionExplained() {
  const [direction] = directions.value;
  const { from, to } = direction ? { from: direction.sigmasStart, to: direction.sigmasEnd } : { from: -2, to: 2 };
  const axis: Axis = direction ? { case: "name", value: direction.name } : { case: "index", value: 0 };
  const name = direction ? directionName(direction.name) : t("words.component", { index: 0 });
  const some = direction !== undefined || components.value.length > 0;
  return (
    <Topic title={t("intro.direction.title")} text={t("intro.direction.text")} none={some ? "" : t("intro.direction.none")}>
      {[from, 0, to].map((sigmas) => (
        <Example key={sigmas} recipe={withEdit(ofSeed(SEED), axis, { sigmas })} caption={`${name} ${signed(sigmas)}`} />
      ))}
    </Topic>
  );
}

export function RegionExplained() {
  const image = ofSeed(SEED);
  const { map, failure } = useLabelMap();
  const region = map && exampleRegion(map, regions.value);
  const drawn = map ? regions.value.filter(({ rejected }) => !rejected) : [];
  return (
    <Topic title={t("intro.region.title")} text={t("intro.region.text")} none={regions.value.length > 0 ? failure : t("intro.region.none")}>
      <Example recipe={image} caption={originText(image)} />
      <Example recipe={image} caption={t("intro.region.all")}>
        {map ? <Outlines map={map} regions={drawn} /> : null}
      </Example>
      <Example recipe={image} caption={region ? regionName(region, region.index, image.labels) : t("state.loading")}>
        {map && region ? <Outlines map={map} regions={[region]} filled /> : null}
      </Example>
    </Topic>
  );
}

interface TopicProps {
  title: string;
  text: string;
  none?: string; // why there are no pictures
  children: ComponentChildren;
}

function Topic({ title, text, none = "", children }: TopicProps) {
  return (
    <section class="topic">
      <h3>{title}</h3>
      {served.value && none ? <p class="note"><Message text={none} /></p> : <div class="examples">{children}</div>}
      <p>{text}</p>
    </section>
  );
}

function Example({ recipe, caption, children }: { recipe: Recipe; caption: string; children?: ComponentChildren }) {
  return (
    <figure>
      <span class="example">
        {served.value ? <Thumbnail recipe={recipe} resolution={smallResolution.value} alt="" /> : <span class="thumbnail" aria-busy="true" />}
        {children}
      </span>
      <figcaption>{served.value ? caption : t("state.loading")}</figcaption>
    </figure>
  );
}

function Outlines({ map, regions, filled = false }: { map: Picture; regions: readonly RegionSummary[]; filled?: boolean }) {
  return (
    <svg class={filled ? "filled" : ""} viewBox="0 0 1 1" aria-hidden="true">
      {regions.map(({ index, colour }) => (
        <path key={index} d={pathOf(outlinesOfRegion(map, index))} stroke={colour} fill={filled ? colour : "none"} vector-effect="non-scaling-stroke" />
      ))}
    </svg>
  );
}

function useLabelMap(): { map: Picture | null; failure: string } {
  const [map, setMap] = useState<Picture | null>(null);
  const [failure, setFailure] = useState("");
  const wanted = regions.value.length > 0;
  useEffect(() => {
    if (!wanted || map) return;
    const controller = new AbortController();
    styleTransferService.segmentRegions({ latent: latentOf(ofSeed(SEED)) }, { signal: controller.signal }).then(
      ({ labelMapPng }) => setMap(decodePicture(labelMapPng)),
      (error: unknown) => {
        if (isCancelled(error)) return;
        if (retryAfter(error) !== null) lost(error); // comes back with the next generation
        else setFailure(messageOf(error));
      },
    );
    return () => controller.abort();
  }, [wanted, generation.value]);
  return { map, failure };
}
