// The image that is edited: its seed, its views, truncation and noise.

import { create } from "@bufbuild/protobuf";

import { Button } from "../../parts/buttons";
import { Choice, SeedField } from "../../parts/fields";
import { Slider } from "../../parts/slider";
import { NoiseMode, NoiseSchema, type Recipe } from "../../protos/mammoganesis/v1/latents_pb";
import { withPsiThroughout } from "../../state/mixtures";
import { psiOf, sampleOf, seedOf, withLabel, withNoise, withSample, withSeed } from "../../state/recipe";
import { editing, labelFields, randomSeed } from "../../state/served";
import { move, recipe, settle, state } from "../../state/store";
import { originText } from "../../state/words";
import { known, number, t } from "../../texts/texts";
import { HelpOn } from "./helpon";

const NOISES = 10_000; // seeds of the noise that the button draws from: few digits to read and type

export function SampleGroup() {
  const sample = sampleOf(recipe.value);
  const maxSeed = editing.value.maxSeed;
  const seed = sample && seedOf(sample);
  const changed = (next: number) => (sample ? withSample(recipe.value, (one) => withSeed(one, next)) : withSeed(recipe.value, next));
  const take = (next: number) => settle(changed(next));
  return (
    <section class="group" aria-labelledby="sample-title">
      <h2 id="sample-title">{t("edit.sample")}</h2>
      {seed === null || seed === undefined ? <OriginNote sample={sample} /> : null}
      <SeedField label={t("edit.seed")} value={seed ?? null} max={maxSeed} onTyping={(next) => move(changed(next))} onChange={take} help={<HelpOn topic="seed" name={t("edit.seed")} />}>
        <Button onClick={() => take(randomSeed())}>{t("action.random")}</Button>
      </SeedField>
      {sample && seed !== null ? <Labels sample={sample} /> : null}
      {sample ? <Truncation sample={sample} /> : null}
      {state.value.expert ? <NoiseChoice /> : null}
    </section>
  );
}

function OriginNote({ sample }: { sample: Recipe | null }) {
  return <p class="note">{sample ? t("edit.origin.code") : t("edit.origin.fixed", { origin: originText(recipe.value) })}</p>;
}

// An image whose label nobody has asked for nor drawn, such as one of an old link, stays what it is until a value is chosen.
function Labels({ sample }: { sample: Recipe }) {
  return labelFields.value.map(({ name, values }) => (
    <Choice
      key={name}
      label={known(`label.${name}`, name)}
      value={sample.labels[name] ?? ""}
      options={[...(sample.labels[name] ? [] : [{ value: "", text: t("label.unknown") }]), ...values.map((value) => ({ value, text: value }))]}
      onChange={(value) => settle(withSample(recipe.value, (one) => withLabel(one, name, value)))}
      help={<HelpOn topic={name === "view" ? "view" : "label"} name={known(`label.${name}`, name)} />}
    />
  ));
}

function Truncation({ sample }: { sample: Recipe }) {
  const { psi: rest, maxPsi } = editing.value;
  const psi = psiOf(sample, rest);
  const cutoff = sample.truncation?.cutoff;
  const changed = (value: number) => withPsiThroughout(recipe.value, value);
  return (
    <Slider
      label={t("edit.truncation")}
      value={psi}
      range={{ from: 0, to: maxPsi }}
      step={0.05}
      rest={rest}
      text={number(psi, 2)}
      onMove={(value) => move(changed(value))}
      onSettle={(value) => settle(changed(value))}
      help={<HelpOn topic="truncation" name={t("edit.truncation")} />}
    >
      {cutoff === undefined ? null : <p class="note">{t("edit.truncation.some", { count: cutoff })}</p>}
    </Slider>
  );
}

const NOISE_TEXTS = {
  [NoiseMode.UNSPECIFIED]: "edit.noise.own",
  [NoiseMode.RANDOM]: "edit.noise.random",
  [NoiseMode.CONST]: "edit.noise.const",
  [NoiseMode.NONE]: "edit.noise.none",
  [NoiseMode.INTERPOLATED]: "edit.noise.interpolated",
} as const;

function NoiseChoice() {
  const { noise } = recipe.value;
  const mode = noise?.mode ?? NoiseMode.UNSPECIFIED;
  const modes = [NoiseMode.UNSPECIFIED, NoiseMode.RANDOM, NoiseMode.CONST, NoiseMode.NONE, ...(mode === NoiseMode.INTERPOLATED ? [mode] : [])];
  const take = (next: NoiseMode, seed = 0) =>
    settle(withNoise(recipe.value, next === NoiseMode.UNSPECIFIED ? undefined : create(NoiseSchema, { mode: next, seed: BigInt(seed) })));
  const draw = () => take(NoiseMode.RANDOM, randomSeed() % NOISES);
  return (
    <>
      <Choice
        label={t("edit.noise")}
        value={String(mode)}
        options={modes.map((one) => ({ value: String(one), text: t(NOISE_TEXTS[one]) }))}
        onChange={(value) => (Number(value) === NoiseMode.RANDOM ? draw() : take(Number(value)))}
        help={<HelpOn topic="noise" name={t("edit.noise")} />}
      />
      {mode === NoiseMode.RANDOM ? (
        <SeedField label={t("edit.noise.seed")} value={Number(noise?.seed ?? 0)} max={editing.value.maxSeed} onChange={(seed) => take(NoiseMode.RANDOM, seed)}>
          <Button onClick={draw}>{t("edit.noise.redraw")}</Button>
        </SeedField>
      ) : null}
    </>
  );
}
