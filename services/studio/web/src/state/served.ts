// What is served: the model with its directions and regions, and whether it can be asked. Asked again until it answers, and again whenever a call
// finds nobody there.

import { create } from "@bufbuild/protobuf";
import { batch, computed, signal } from "@preact/signals";

import { EditingDefaultsSchema, type GetModelResponse, type LabelField } from "../protos/mammoganesis/v1/model_pb";
import type { ListComponentsResponse } from "../protos/mammoganesis/v1/pca_editing_pb";
import type { ListRegionsResponse } from "../protos/mammoganesis/v1/style_transfer_pb";
import { modelService, pcaEditingService, styleTransferService } from "../rpc/clients";
import { isDenied, isUnreachable, messageOf, retryAfter } from "../rpc/failures";
import type { ServerState } from "../parts/frame";
import { number, t, type TextKey } from "../texts/texts";
import { labelsOfSeed, type Labelled, type Labels } from "./labels";

export interface Served {
  model: GetModelResponse;
  components: ListComponentsResponse | null; // null: the bundle has none
  regions: ListRegionsResponse | null;
}

type Mode = "connecting" | "starting" | "up" | "lost" | "unreachable" | "refused";

// Said where there is no model; it is asked for again.
const SILENT: Record<Exclude<Mode, "refused">, TextKey> = {
  connecting: "server.connecting",
  starting: "server.starting",
  up: "server.connecting",
  lost: "server.lost",
  unreachable: "server.unreachable.again",
};

export const served = signal<Served | null>(null);
const mode = signal<Mode>("connecting");
const refusal = signal("");
export const generation = signal(0); // grows when an answer comes after a silence, and with every other bundle: what failed is asked again

export const serverState = computed<ServerState>(() => {
  const { model } = served.value ?? {};
  if (mode.value === "refused") return { mode: "down", text: refusal.value };
  if (mode.value !== "up" || !model) return { mode: mode.value === "connecting" ? "connecting" : "down", text: t(SILENT[mode.value]) };
  return { mode: "up", text: t("server.up", { name: `${model.name} ${model.version}`, resolution: number(model.dimensions?.resolution ?? 0) }) };
});

const LONGEST_WAIT = 5; // seconds between two attempts
const BETWEEN_LOOKS = 5; // seconds
let asking: Promise<void> | null = null;

let drawing = true;
let first: ((fields: string[]) => void) | null = null;

// Resolves once the model is there. `draws`: whether the page needs what can be edited, which is told to those who draw. `known`: told once which
// labels the model has, before anything is asked about it.
export function connect(draws = drawing, known = first): Promise<void> {
  drawing = draws;
  first = known;
  asking ??= ask().finally(() => (asking = null));
  return asking;
}

// A call found nobody there: the page says so and comes back by itself.
export function lost(error: unknown): void {
  mode.value = isUnreachable(error) ? "unreachable" : "lost";
  void connect();
}

// Looks from time to time what is served: another bundle, or nobody, is shown without a reload by hand. A page that nobody sees does not ask.
export function watch(): void {
  const look = async () => {
    if (document.hidden || asking || mode.value !== "up") return;
    try {
      const { bundleDigest } = await modelService.getModel({});
      if (bundleDigest !== served.value?.model.bundleDigest) await connect();
    } catch (error) {
      if (retryAfter(error) !== null) lost(error);
    }
  };
  setInterval(() => void look(), 1000 * BETWEEN_LOOKS);
  document.addEventListener("visibilitychange", () => void look());
}

async function ask(): Promise<void> {
  for (let wait = 0.5; ; wait = Math.min(LONGEST_WAIT, 1.5 * wait)) {
    try {
      const model = await modelService.getModel({});
      const { numComponents = 0, numRegions = 0 } = model.dimensions ?? {};
      const [components, regions] = await Promise.all([
        drawing && numComponents > 0 ? unlessDenied(pcaEditingService.listComponents({})) : null,
        drawing && numRegions > 0 ? unlessDenied(styleTransferService.listRegions({})) : null,
      ]);
      batch(() => {
        served.value = { model, components, regions };
        first?.(model.labelFields.map(({ name }) => name));
        first = null;
        mode.value = "up";
        generation.value += 1;
      });
      return;
    } catch (error) {
      if (retryAfter(error) === null) {
        refusal.value = messageOf(error);
        mode.value = "refused";
      } else if (isUnreachable(error)) mode.value = "unreachable";
      else mode.value = served.value ? "lost" : "starting";
    }
    await new Promise((resolve) => setTimeout(resolve, 1000 * wait));
  }
}

// A role that draws nothing need not know what can be edited.
const unlessDenied = <Answer>(call: Promise<Answer>): Promise<Answer | null> => call.catch((error: unknown) => (isDenied(error) ? null : Promise.reject(error)));

// The ranges and defaults of editing; all 0 before the model is known.
export const editing = computed(() => served.value?.model.editing ?? create(EditingDefaultsSchema));
export const dimensions = computed(() => served.value?.model.dimensions);
export const directions = computed(() => served.value?.components?.directions ?? []);
export const components = computed(() => served.value?.components?.components ?? []);
export const regions = computed(() => served.value?.regions?.regions ?? []);
export const labelFields = computed<LabelField[]>(() => served.value?.model.labelFields ?? []);

export const labelled = computed<Labelled>(() => served.value?.model ?? { labelFields: [], labelMixture: [] });

// The labels of a seed's image: those given, the others drawn as often as the training images have them.
export const drawnLabels = (seed: number, given: Labels = {}): Labels => labelsOfSeed(seed, labelled.value, given);

// The greatest seed; before the model is known that of all models.
export const maxSeed = () => editing.value.maxSeed || 2 ** 32 - 1;

export const randomSeed = () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % (maxSeed() + 1);

// Width of small pictures: the preview's where that is good enough to look at, else (0) the model's own.
export const smallResolution = computed(() => ((dimensions.value?.previewResolution ?? 0) >= 64 ? (dimensions.value?.previewResolution ?? 0) : 0));
