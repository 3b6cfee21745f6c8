// Mixing: some layers come from another image.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { Button } from "../../parts/buttons";
import { Slider } from "../../parts/slider";
import { InterpolationSpace, type Recipe } from "../../protos/mammoganesis/v1/latents_pb";
import { mixed, mixingOf, unmixed } from "../../state/mixtures";
import { recipeOfSeed, sampleOf } from "../../state/recipe";
import { randomSeed } from "../../state/served";
import { move, recipe, settle } from "../../state/store";
import { t } from "../../texts/texts";
import { numWs } from "./editdetails";
import { HelpOn } from "./helpon";
import { Reference } from "./reference";

const next = signal<Recipe | null>(null); // what the next mixture takes layers from

// Styles between two images are no point in W: nothing can be mixed with them.
const isInStyles = ({ origin }: Recipe) => origin.case === "interpolation" && origin.value.space === InterpolationSpace.STYLES;

export function MixingPanel() {
  const mixing = mixingOf(recipe.value);
  useEffect(() => {
    const sample = sampleOf(recipe.value);
    next.value ??= recipeOfSeed(randomSeed() % 1000, sample?.labels ?? {}, sample?.truncation?.psi);
  }, []);
  const layers: [number, number] = [mixing?.layerStart ?? Math.floor(numWs() / 2), mixing?.layerEnd ?? numWs()];
  const style = mixing?.style ?? next.value;
  if (isInStyles(recipe.value)) return <p class="note">{t("edit.mixing.styles")}</p>;
  if (!style) return null;
  const refer = (to: Recipe, live = false) => {
    next.value = to;
    if (mixing) (live ? move : settle)(mixed(recipe.value, to, layers));
  };
  return (
    <>
      <p class="note">{t("edit.mixing.what")}</p>
      <Reference title={t("edit.mixing.from")} reference={style} onRefer={refer} />
      {mixing ? (
        <>
          <LayerSlider label={t("edit.layer.from")} value={layers[0]} change={(from) => mixed(recipe.value, style, [from, Math.max(layers[1], from + 1)])} />
          <LayerSlider label={t("edit.layer.to")} value={layers[1] - 1} change={(to) => mixed(recipe.value, style, [Math.min(layers[0], to), to + 1])} />
          <div class="row">
            <Button onClick={() => settle(unmixed(recipe.value))}>{t("edit.mixing.end")}</Button>
          </div>
        </>
      ) : (
        <div class="row">
          <Button look="primary" onClick={() => settle(mixed(recipe.value, style, layers))}>
            {t("edit.mixing.begin", { from: layers[0], to: layers[1] - 1 })}
          </Button>
        </div>
      )}
    </>
  );
}

interface LayerSliderProps {
  label: string;
  value: number;
  change: (layer: number) => Recipe;
}

function LayerSlider({ label, value, change }: LayerSliderProps) {
  return (
    <Slider
      label={label}
      value={value}
      range={{ from: 0, to: numWs() - 1 }}
      step={1}
      rest={value}
      text={String(value)}
      onMove={(layer) => move(change(layer))}
      onSettle={(layer) => settle(change(layer))}
      help={<HelpOn topic="layers" name={label} />}
    />
  );
}
