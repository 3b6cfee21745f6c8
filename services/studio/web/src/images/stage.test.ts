import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { encode } from "fast-png";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { GetModelResponseSchema } from "../protos/mammoganesis/v1/model_pb";
import { SampleResponseSchema, type SampleResponse } from "../protos/mammoganesis/v1/sampling_pb";
import { recipeOfSeed } from "../state/recipe";
import { served } from "../state/served";
import { moving } from "../state/store";
import { firstPace } from "./pace";
import { createStage, pace } from "./stage";

const PREVIEW = 64; // pixels
const REST = 500; // milliseconds

interface Asked {
  readonly seed: number;
  readonly quality: "full" | "preview";
  answer(): Promise<void>;
}

const png = encode({ width: 1, height: 1, data: Uint8Array.of(5), depth: 8, channels: 1 });

// Whoever makes images, as slowly as a test wants.
function drawing() {
  const asked: Asked[] = [];
  const sample = (request: { latents?: unknown[]; format?: { resolution?: number } }): Promise<SampleResponse> =>
    new Promise((resolve) => {
      const [latent] = request.latents as { kind: { value: { origin: { value: number } } } }[];
      asked.push({
        seed: Number(latent?.kind.value.origin.value),
        quality: request.format?.resolution === PREVIEW ? "preview" : "full",
        answer: async () => {
          resolve(create(SampleResponseSchema, { images: [{ data: png }] }));
          await vi.advanceTimersByTimeAsync(0);
        },
      });
    });
  return { asked, sample } as unknown as { asked: Asked[] } & NonNullable<Parameters<typeof createStage>[0]>;
}

const what = ({ seed, quality }: Asked) => `${quality} ${seed}`;

beforeEach(() => {
  vi.useFakeTimers();
  pace.value = firstPace; // nothing is known of it: previews stand in
  const model = create(GetModelResponseSchema, { bundleDigest: "of this test", dimensions: { previewResolution: PREVIEW, channels: 1 } });
  served.value = { model, components: null, regions: null };
  moving.value = true;
});

afterEach(() => {
  moving.value = false;
  served.value = null;
  pace.value = firstPace;
  vi.useRealTimers();
});

test("a control held still gets its image after its preview, although it is not let go", async () => {
  const made = drawing();
  const stage = createStage(made);
  stage.want(recipeOfSeed(1));
  await made.asked[0]!.answer();
  expect(stage.shown.value?.quality).toBe("preview");
  await vi.advanceTimersByTimeAsync(REST - 1);
  expect(made.asked.map(what)).toEqual(["preview 1"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(made.asked.map(what)).toEqual(["preview 1", "full 1"]);
  await made.asked[1]!.answer();
  expect([stage.shown.value?.quality, stage.busy.value]).toEqual(["full", false]);
});

test("it gets it too where the preview comes after the control has come to rest", async () => {
  const made = drawing();
  const stage = createStage(made);
  stage.want(recipeOfSeed(2));
  await vi.advanceTimersByTimeAsync(3 * REST);
  expect(made.asked.map(what)).toEqual(["preview 2"]); // one answer is awaited at a time
  await made.asked[0]!.answer();
  expect(made.asked.map(what)).toEqual(["preview 2", "full 2"]);
  await made.asked[1]!.answer();
  expect(stage.shown.value?.quality).toBe("full");
});

test("a control that goes on gets the preview of where it is by now, and no image of where it was", async () => {
  const made = drawing();
  const stage = createStage(made);
  stage.want(recipeOfSeed(3));
  await vi.advanceTimersByTimeAsync(REST - 1);
  stage.want(recipeOfSeed(4));
  await made.asked[0]!.answer();
  expect(made.asked.map(what)).toEqual(["preview 3", "preview 4"]);
  await made.asked[1]!.answer();
  await vi.advanceTimersByTimeAsync(REST);
  expect(made.asked.map(what)).toEqual(["preview 3", "preview 4", "full 4"]);
});

test("a limit is told, and the image asked for again when it is over", async () => {
  const full = new ConnectError("quota calls_per_minute of you", Code.ResourceExhausted, { "retry-after": "30" });
  const sample = vi.fn(() => Promise.reject<SampleResponse>(full));
  const stage = createStage({ sample } as unknown as Parameters<typeof createStage>[0]);
  moving.value = false;
  stage.want(recipeOfSeed(6));
  await vi.advanceTimersByTimeAsync(29_000);
  expect([sample.mock.calls.length, stage.busy.value]).toEqual([1, false]);
  expect(stage.failure.value).toMatch(/^A limit is reached, until /u);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sample.mock.calls.length).toBe(2);
});

test("a control that is let go gets its image at once", () => {
  const made = drawing();
  const stage = createStage(made);
  moving.value = false;
  stage.want(recipeOfSeed(5));
  expect(made.asked.map(what)).toEqual(["full 5"]);
});
