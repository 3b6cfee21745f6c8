// A strip: the image at equal steps along an axis, over the range that is useful there. One of them can be taken.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { Button } from "../../parts/buttons";
import { ErrorLine } from "../../parts/messages";
import { create } from "@bufbuild/protobuf";
import { ComponentEditSchema, type ComponentEdit, type Recipe } from "../../protos/mammoganesis/v1/latents_pb";
import { pcaEditingService } from "../../rpc/clients";
import { isCancelled, messageOf, retryAfter } from "../../rpc/failures";
import { textOf } from "../../state/address";
import { latentOf, withComponentEdits, type Axis } from "../../state/recipe";
import { rowSettled, rowsOf } from "../../state/rows";
import { components, directions, editing, generation, lost, served, smallResolution } from "../../state/served";
import { look, recipe, settle, state } from "../../state/store";
import { seriesOf, type Series } from "../../state/series";
import { axisName, titleOf } from "../../state/words";
import { signed, t } from "../../texts/texts";

export const textOfAxis = (axis: Axis) => `${axis.case}:${axis.value}`;

// null where the model has no such axis.
export function axisOfText(text: string): Axis | null {
  const direction = directions.value.find(({ name }) => textOfAxis({ case: "name", value: name }) === text);
  if (direction) return { case: "name", value: direction.name };
  const component = components.value.find(({ index }) => textOfAxis({ case: "index", value: index }) === text);
  return component ? { case: "index", value: component.index } : null;
}

interface Frame {
  sigmas: number;
  url: string;
}

const frames = signal<Frame[]>([]); // one after the other in the place of those of the image before, which can be pressed until then
const fresh = signal(0); // how many of them are of the image on show
let drawn = ""; // the axis and the bundle that they are of
const failure = signal("");

// What is swept: the image without its first edit along the axis, and that edit at 0.
export function sweepOf(whole: Recipe, axis: Axis): { recipe: Recipe; edit: ComponentEdit } {
  const [first] = rowsOf(whole, axis);
  const edit = create(ComponentEditSchema, { ...(first?.edit ?? {}), component: axis, sigmas: 0 });
  return { recipe: withComponentEdits(whole, whole.componentEdits.filter((_, position) => position !== first?.position)), edit };
}

// As they come, the first `count` of them; what stood in their places is let go.
function show(next: Frame[], count: number): void {
  for (const { url } of frames.peek()) if (!next.some((one) => one.url === url)) URL.revokeObjectURL(url);
  [frames.value, fresh.value] = [next, count];
}

async function draw({ recipe, edit }: { recipe: Recipe; edit: ComponentEdit }, of: string, abort: AbortSignal): Promise<void> {
  failure.value = "";
  show(of === drawn ? frames.peek() : [], 0);
  drawn = of;
  try {
    for await (const step of pcaEditingService.sweepComponent({ latent: latentOf(recipe), edit, steps: editing.value.sweepSteps, format: { resolution: smallResolution.value } }, { signal: abort })) {
      if (abort.aborted) return;
      const data = (step.image?.data ?? new Uint8Array()) as Uint8Array<ArrayBuffer>;
      const frame = { sigmas: step.sigmas, url: URL.createObjectURL(new Blob([data], { type: "image/png" })) };
      const place = fresh.peek();
      show([...frames.peek().slice(0, place), frame, ...frames.peek().slice(place + 1)], place + 1);
    }
  } catch (error) {
    if (abort.aborted || isCancelled(error)) return;
    if (retryAfter(error) !== null) return lost(error); // drawn with the next generation
    failure.value = messageOf(error);
    show(frames.peek().slice(0, fresh.peek()), fresh.peek());
  }
}

// The images of the strip on show, to be taken away; null where there is none.
export function stripSeries(): Series | null {
  const axis = axisOfText(state.value.strip);
  const [row] = axis ? rowsOf(recipe.value, axis) : [];
  if (!axis || !row || frames.value.length === 0) return null;
  const name = axisName(sweepOf(recipe.value, axis).edit);
  const members = frames.value.map(({ sigmas }) => ({ recipe: rowSettled(recipe.value, row, { sigmas }), label: t("edit.sd", { sigmas: signed(sigmas) }) }));
  return seriesOf(`${titleOf(sweepOf(recipe.value, axis).recipe)} · ${t("edit.strip.title", { name })}`, members);
}

// Under the stage; nothing where no strip is asked for.
export function Strip() {
  const axis = axisOfText(state.value.strip);
  const swept = axis && sweepOf(recipe.value, axis);
  const digest = served.value?.model.bundleDigest;
  const key = swept ? `${digest} ${textOf(withComponentEdits(swept.recipe, [...swept.recipe.componentEdits, swept.edit]))}` : "";
  useEffect(() => {
    const controller = new AbortController();
    if (swept && axis) void draw(swept, `${digest} ${textOfAxis(axis)}`, controller.signal);
    return () => controller.abort();
  }, [key, generation.value]);
  if (!axis || !swept) return null;
  const [row] = rowsOf(recipe.value, axis);
  const name = axisName(swept.edit);
  const steps = editing.value.sweepSteps;
  const waiting = failure.value ? 0 : Math.max(0, steps - frames.value.length);
  const busy = !failure.value && fresh.value < steps;
  return (
    <section class="strip" aria-labelledby="strip-title">
      <div class="row spread">
        <h2 class="title" id="strip-title">
          {t("edit.strip.title", { name })}
        </h2>
        <Button look="quiet" onClick={() => look({ strip: "" })}>
          {t("edit.strip.close")}
        </Button>
      </div>
      <ErrorLine text={failure.value} />
      <ol aria-label={t("edit.strip.frames", { name })} aria-busy={busy}>
        {frames.value.map(({ sigmas, url }, place) => (
          <li key={sigmas} class={place < fresh.value ? undefined : "past"}>
            <button
              type="button"
              aria-pressed={Math.abs((row?.edit?.sigmas ?? 0) - sigmas) < 0.05}
              onClick={() => row && settle(rowSettled(recipe.value, row, { sigmas }))}
            >
              <span class="thumbnail">
                <img src={url} alt="" />
              </span>
              <span>{t("edit.sd", { sigmas: signed(sigmas) })}</span>
            </button>
          </li>
        ))}
        {Array.from({ length: waiting }, (_, i) => (
          <li key={`waiting ${i}`}>
            <span class="thumbnail">
              <span class="skeleton">{t("state.loading")}</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
