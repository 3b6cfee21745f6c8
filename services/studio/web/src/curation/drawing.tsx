// What the sheets show: a component along its deviations, a region with transfers into it.

import { create, type MessageInitShape } from "@bufbuild/protobuf";

import { ImageFormatSchema } from "../protos/mammoganesis/v1/images_pb";
import type { GeneratedImage } from "../protos/mammoganesis/v1/images_pb";
import { ComponentEditSchema } from "../protos/mammoganesis/v1/latents_pb";
import { pcaEditingService, samplingService, styleTransferService } from "../rpc/clients";
import { drawnOf } from "../state/labels";
import { latentOf, recipeOfSeed } from "../state/recipe";
import { dimensions, drawnLabels, editing, served } from "../state/served";
import { number, signed, t } from "../texts/texts";
import { decodePicture } from "../viewer/picture";
import { outlinesOf } from "../viewer/outlines";
import { numberIn, type DirectionDraft } from "./draft";
import type { Cell, SheetContent } from "./sheet";
import { draft, view } from "./store";
import { ROWS } from "./view";

const RANGES = [2 / 3, 1, 4 / 3, 2]; // of the columns, in ranges of a strip

export const ranges = () => RANGES.map((times) => String(Number((times * editing.value.sigmasEnd).toFixed(1))));
export const rangeShown = () => Number(ranges().includes(view.value.range) ? view.value.range : editing.value.sigmasEnd);

// What pictures a sheet has: of the preview where that is good enough to judge, unless a person asks otherwise.
export function qualityShown(): "quick" | "full" {
  const preview = dimensions.value?.previewResolution ?? 0;
  if (preview === 0) return "full";
  return view.value.quality === "" ? (preview >= 64 ? "quick" : "full") : (view.value.quality as "quick" | "full");
}

const seeds = () => Array.from({ length: view.value.rows }, (_, i) => Math.min(view.value.seed, lastSeed()) + i);
// The rows and their references follow it.
export const lastSeed = () => editing.value.maxSeed + 1 - 2 * Math.max(...ROWS);
// A reference has the labels of the image that it is for: a seed's own are those of `seed` alone.
const latent = (seed: number, labelsOf = seed) => latentOf(recipeOfSeed(seed, drawnLabels(labelsOf, labelsShown())));
const format = () => create(ImageFormatSchema, qualityShown() === "quick" ? { resolution: dimensions.value?.previewResolution ?? 0 } : {});
const cell = (image: GeneratedImage | undefined): Cell => ({ png: image?.data ?? new Uint8Array(), width: image?.width ?? 0 });

// Those of the view that the model knows.
export function labelsShown(): Record<string, string> {
  const fields = served.value?.model.labelFields ?? [];
  return Object.fromEntries(fields.flatMap(({ name, values }) => (values.includes(view.value.labels[name] ?? "") ? [[name, view.value.labels[name] ?? ""]] : [])));
}

// A row's name, with the labels that were drawn for its seed.
const named = (name: string, seed: number) => [name, ...Object.values(drawnOf(drawnLabels(seed, labelsShown()), labelsShown()))].join(" · ");

// What all sheets depend on.
const common = () => [served.value?.model.bundleDigest, seeds(), rangeShown(), qualityShown(), labelsShown()];

const shortly = (sigmas: number) => (Math.abs(sigmas) < 1e-9 ? "0" : signed(sigmas, Number.isInteger(sigmas) ? 0 : 1));

// Rows: seeds. Columns: equal steps along the component.
export function componentSheet(index: number, direction: DirectionDraft): SheetContent {
  const most = rangeShown();
  const steps = editing.value.sweepSteps;
  const sigmas = Array.from({ length: steps }, (_, i) => -most + (2 * most * i) / (steps - 1));
  const { layer_start, layer_end, reversed, further, sigmas_start: from, sigmas_end: to } = direction;
  const rows = seeds();
  const names = rows.map((seed) => named(t("curation.seed", { seed }), seed));
  const edit = { component: { case: "index", value: index }, ...layers(layer_start, layer_end) } as const;
  return {
    headings: sigmas.map((value) => ({ text: shortly(value), useful: from !== null && to !== null && value >= from && value <= to })),
    rows: names,
    description: t("curation.sheet.component", { index, seeds: names.join(", "), range: number(most) }),
    key: JSON.stringify([...common(), layer_start, layer_end, further, further.length > 0 && reversed]),
    async draw(place, signal) {
      for (const [row, seed] of rows.entries()) {
        if (further.length > 0) {
          for (const [column, distance] of sigmas.entries()) {
            const edits = [{ ...edit, sigmas: distance }, ...along(further, reversed ? -distance : distance)];
            const { image } = await pcaEditingService.editComponents({ latent: latent(seed), edits, format: format() }, { signal });
            place(row, column, cell(image));
          }
          continue;
        }
        const request = { latent: latent(seed), edit, sigmasStart: -most, sigmasEnd: most, steps, format: format() };
        for await (const step of pcaEditingService.sweepComponent(request, { signal })) place(row, step.index, cell(step.image));
      }
    },
  };
}

const layers = (first: number | null, end: number | null) => ({ ...(first === null ? {} : { layerStart: first }), ...(end === null ? {} : { layerEnd: end }) });

// What moves with a component by so many deviations of their direction.
const along = (further: DirectionDraft["further"], sigmas: number): MessageInitShape<typeof ComponentEditSchema>[] =>
  further.map(({ index, weight, layer_start, layer_end }) => ({
    component: { case: "index", value: index },
    sigmas: sigmas * weight,
    ...layers(layer_start, layer_end),
  }));

// Rows: seeds. Columns: the region on the target, a reference, the target with the reference's style there.
export function regionSheet(index: number): SheetContent {
  const targets = seeds();
  const references = targets.map((seed) => seed + targets.length);
  const wished = numberIn(draft.value.default_epsilon);
  const epsilon = wished !== null && wished > 0 && wished <= editing.value.maxEpsilon ? { epsilon: wished } : {};
  return {
    headings: ["outlined", "reference", "transferred"].map((name) => ({ text: t(`curation.sheet.${name as "outlined"}`) })),
    rows: targets.map((seed, row) => named(t("curation.seeds", { target: seed, reference: references[row] ?? 0 }), seed)),
    description: t("curation.sheet.region", { index, seeds: targets.join(", ") }),
    key: JSON.stringify([...common(), epsilon]),
    async draw(place, signal) {
      for (const [row, seed] of targets.entries()) {
        const reference = references[row] ?? 0;
        const [image, segmented] = await Promise.all([picture(seed), segmentation(seed)]);
        place(row, 0, { ...cell(image), over: <Outlines png={segmented} index={index} /> });
        place(row, 1, cell(await picture(reference, seed)));
        const regions = [{ region: { case: "index", value: index } as const }];
        const request = { target: latent(seed), reference: latent(reference, seed), regions, format: format(), ...epsilon };
        place(row, 2, cell((await styleTransferService.transferStyle(request, { signal })).image));
      }
    },
  };
}

// The region of a label map outlined, the rest dimmed.
function Outlines({ png, index }: { png: Uint8Array; index: number }) {
  const map = decodePicture(png);
  const path = (inside: boolean) =>
    outlinesOf(map, (pixel) => (map.pixels[pixel] === index) === inside)
      .map((corners) => `M${corners.map(([x, y]) => `${x * map.width} ${y * map.height}`).join("L")}Z`)
      .join("");
  return (
    <svg viewBox={`0 0 ${map.width} ${map.height}`} aria-hidden="true">
      {[false, true].map((inside) => {
        const shape = path(inside);
        return shape && <path key={String(inside)} d={shape} class={inside ? "" : "outside"} />;
      })}
    </svg>
  );
}

// Pictures and label maps that several cards show are asked for once.
const asked = new Map<string, Promise<unknown>>();
const REMEMBERED = 100;

function once<Answer>(kind: string, seed: number, labelsOf: number, ask: () => Promise<Answer>): Promise<Answer> {
  const key = JSON.stringify([kind, seed, drawnLabels(labelsOf, labelsShown()), served.value?.model.bundleDigest, qualityShown()]);
  const there = asked.get(key) as Promise<Answer> | undefined;
  if (there) return there;
  const answer = ask();
  asked.set(key, answer);
  answer.catch(() => asked.delete(key));
  const [oldest] = asked.keys();
  if (asked.size > REMEMBERED && oldest !== undefined) asked.delete(oldest);
  return answer;
}

const picture = (seed: number, labelsOf = seed) =>
  once("picture", seed, labelsOf, async () => (await samplingService.sample({ latents: [latent(seed, labelsOf)], format: format() })).images[0]);
const segmentation = (seed: number) => once("regions", seed, seed, async () => (await styleTransferService.segmentRegions({ latent: latent(seed) })).labelMapPng);
