// Several images as one file: a sheet, an animation, a handout.

import { toJson } from "@bufbuild/protobuf";
import { useState } from "preact/hooks";

import { Button, Help } from "../parts/buttons";
import { Choice } from "../parts/fields";
import { save } from "../parts/save";
import { RecipeSchema } from "../protos/mammoganesis/v1/latents_pb";
import { ask } from "../rpc/studio";
import { recipeOfText } from "../state/address";
import { beforeAndAfter, seriesOf, type Series } from "../state/series";
import { history } from "../state/store";
import { stepText, titleOf } from "../state/words";
import { counted, language, t } from "../texts/texts";
import { stripSeries } from "./edit/sweep";
import { onShow } from "./pictures";

const KINDS = ["sheet", "animation", "handout"] as const;
type Kind = (typeof KINDS)[number];
type Source = "strip" | "image" | "before" | "history";

// What can be put together at the moment; always the image on show.
function sources(): Record<Source, Series | null> {
  const { recipe } = onShow.value;
  const title = titleOf(recipe);
  const steps = history.value.entries.slice(0, history.value.position + 1).map(recipeOfText);
  const labelled = steps.map((step, i) => ({ recipe: step, label: stepText(steps[i - 1] ?? null, step) }));
  return {
    strip: stripSeries(),
    image: seriesOf(title, [{ recipe, label: title }]),
    before: beforeAndAfter(title, recipe, [t("studio.unedited"), title]),
    history: steps.length > 1 ? seriesOf(t("history.title"), labelled) : null,
  };
}

async function fetchFile(kind: Kind, series: Series, mark: boolean): Promise<void> {
  const recipes = series.recipes.map((recipe) => toJson(RecipeSchema, recipe));
  const shape = kind === "sheet" ? { columns: Math.min(8, recipes.length), title: series.title } : kind === "handout" ? { title: series.title } : {};
  const response = await ask(`takeaway/${kind}`, { recipes, labels: series.labels, language: language.value, mark, ...shape });
  const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1];
  save(await response.blob(), response.headers.get("content-type") ?? "", name ?? kind);
}

interface SeveralProps {
  marked: boolean;
  disabled: boolean;
  run: (work: () => Promise<unknown>) => void;
}

export function Several({ marked, disabled, run }: SeveralProps) {
  const [wished, setWished] = useState<Source | null>(null);
  const there = sources();
  const chosen = [wished, "strip", "before", "image"].find((source): source is Source => source !== null && there[source as Source] !== null) ?? "image";
  const series = there[chosen];
  const options = (Object.keys(there) as Source[]).filter((source) => there[source] !== null);
  if (!series) return null;
  return (
    <>
      <Choice
        label={t("take.several")}
        help={<Help name={t("take.several")}>{KINDS.map((kind) => t(`help.${kind}`)).join(" ")}</Help>}
        value={chosen}
        options={options.map((value) => ({ value, text: t(`take.of.${value}`) }))}
        onChange={setWished}
      />
      <div class="row">
        {KINDS.map((kind) => (
          <Button key={kind} disabled={disabled || (kind === "animation" && series.recipes.length < 2)} onClick={() => run(() => fetchFile(kind, series, marked))}>
            {t(`take.${kind}`)}
          </Button>
        ))}
        <span class="note">{counted("take.images", series.recipes.length)}</span>
      </div>
    </>
  );
}
