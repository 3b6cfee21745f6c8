// The images of the study: how many, real and generated, and how the generated ones come to be.

import { create } from "@bufbuild/protobuf";

import { Locality } from "../protos/mammoganesis/v1/latents_pb";
import { StudyCompositionSchema, type StudyDesign } from "../protos/mammoganesis/v1/study_design_pb";
import { Check } from "../parts/fields";
import { directions, labelFields, regions } from "../state/served";
import { known, t } from "../texts/texts";
import { Amount, OneOf, Said, Words, Yes } from "./fields";
import { usualRegions } from "./design";
import { edit, isDraft } from "./store";

export function ImagesSection({ design: { pool, generation, seed } }: { design: StudyDesign }) {
  const { composition } = pool ?? {};
  return (
    <>
      <div class="three">
        <Amount field="pool.drawn" label={t("pool.drawn")} value={pool?.drawn || undefined} low={2} high={2000} help={t("pool.drawnHelp")} set={({ pool }, value) => void (pool.drawn = value ?? 0)} />
        <Amount
          field="generation.samples"
          label={t("pool.samples")}
          value={generation?.samples || undefined}
          low={1}
          high={20_000}
          help={t("pool.samplesHelp")}
          set={({ generation }, value) => void (generation.samples = value ?? 0)}
        />
        <Amount field="seed" label={t("pool.seed")} value={seed} low={0} high={2 ** 32 - 1} help={t("pool.seedHelp")} set={(copy, value) => void (copy.seed = value ?? 0)} />
      </div>
      <div class="three">
        <Amount
          field="generation.truncation_psi"
          label={t("pool.psi")}
          value={generation?.truncationPsi}
          low={0}
          high={2}
          whole={false}
          help={t("pool.psiHelp")}
          set={({ generation }, value) => set(generation, "truncationPsi", value)}
        />
        <Amount
          field="generation.edit_probability"
          label={t("pool.edited")}
          value={generation?.editProbability}
          low={0}
          high={1}
          whole={false}
          help={t("pool.editedHelp")}
          set={({ generation }, value) => set(generation, "editProbability", value)}
        />
        <Amount
          field="generation.transfer_probability"
          label={t("pool.transfers")}
          value={generation?.transferProbability}
          low={0}
          high={1}
          whole={false}
          help={t("pool.transfersHelp")}
          set={({ generation }, value) => set(generation, "transferProbability", value)}
        />
        <Amount field="generation.sigmas" label={t("pool.sigmas")} value={generation?.sigmas} low={0.1} high={10} whole={false} help={t("pool.sigmasHelp")} set={({ generation }, value) => set(generation, "sigmas", value)} />
        <Amount
          field="pool.look_alike_threshold"
          label={t("pool.lookAlike")}
          value={pool?.lookAlikeThreshold || undefined}
          low={0}
          high={1}
          whole={false}
          help={t("pool.lookAlikeHelp")}
          set={({ pool }, value) => void (pool.lookAlikeThreshold = value ?? 0)}
        />
      </div>
      <OneOf
        field="generation.locality"
        label={t("pool.locality")}
        value={generation?.locality === Locality.MASKED ? "masked" : "channels"}
        options={(["channels", "masked"] as const).map((value) => ({ value, text: t(`pool.locality.${value}`) }))}
        help={t("pool.localityHelp")}
        set={({ generation }, value) => void (generation.locality = value === "masked" ? Locality.MASKED : Locality.CHANNELS)}
      />
      <Words field="pool.source" label={t("pool.source")} value={pool?.source ?? ""} max={5000} rows={2} note={t("pool.sourceNote")} set={({ pool }, text) => void (pool.source = text)} />
      <Labels labels={generation?.labels ?? {}} />
      <Named
        field="generation.directions"
        legend={t("pool.directions")}
        names={directions.value.map(({ name }) => ({ name, word: known(`direction.${name}`, name) }))}
        chosen={generation?.directions ?? []}
        onChange={(names) => edit("", (copy) => void (copy.generation.directions = names))}
      />
      <Named
        field="generation.regions"
        legend={t("pool.regions")}
        names={regions.value.map(({ name }) => ({ name, word: known(`region.${name}`, name) }))}
        chosen={generation?.regions ?? []}
        usual={usualRegions(regions.value.map(({ name }) => name), generation?.locality === Locality.MASKED)}
        onChange={(names) => edit("", (copy) => void (copy.generation.regions = names))}
      />
      <Yes
        field="pool.composition"
        value={composition !== undefined}
        set={({ pool }, value) => {
          if (!value) delete pool.composition;
          else pool.composition = create(StudyCompositionSchema, { real: 52, synthesised: 31, edited: 17 });
        }}
      >
        {t("pool.composition")}
      </Yes>
      {composition ? (
        <div class="three">
          {(["real", "synthesised", "edited"] as const).map((origin) => (
            <Amount
              key={origin}
              field={`pool.composition.${origin}`}
              label={t(`origin.${origin}`)}
              value={composition[origin]}
              low={0}
              high={2000}
              set={({ pool }, value) => void (pool.composition![origin] = value ?? 0)}
            />
          ))}
        </div>
      ) : null}
    </>
  );
}

// Sets an optional field, or leaves it out.
function set<Name extends string>(holder: { [Key in Name]?: number | undefined }, name: Name, value: number | undefined): void {
  if (value === undefined) delete holder[name];
  else holder[name] = value;
}

// Labels that all samples have, where the model knows any.
function Labels({ labels }: { labels: Record<string, string> }) {
  if (labelFields.value.length === 0) return <Said field="generation.labels" />;
  return (
    <div class="three">
      {labelFields.value.map(({ name, values }) => (
        <OneOf
          key={name}
          field="generation.labels"
          label={t("pool.label", { name: known(`label.${name}`, name) })}
          value={labels[name] ?? ""}
          options={[{ value: "", text: t("pool.mixture") }, ...values.map((value) => ({ value, text: value }))]}
          set={({ generation }, value) => {
            if (value) generation.labels[name] = value;
            else delete generation.labels[name];
          }}
        />
      ))}
    </div>
  );
}

interface NamedProps {
  field: string;
  legend: string;
  names: { name: string; word: string }[];
  chosen: string[]; // none: the usual ones
  usual?: string[]; // all of them, where it is absent
  onChange: (names: string[]) => void;
}

// Which of the bundle's directions or regions are used.
function Named({ field, legend, names, chosen, usual, onChange }: NamedProps) {
  if (names.length === 0) return <Said field={field} />;
  const all = names.map(({ name }) => name);
  const standard = usual ?? all;
  const isOn = (name: string) => (chosen.length > 0 ? chosen : standard).includes(name);
  const toggle = (name: string) => {
    const next = all.filter((one) => (one === name ? !isOn(one) : isOn(one)));
    if (next.length > 0) onChange(next.join() === standard.join() ? [] : next);
  };
  return (
    <fieldset class="named" disabled={!isDraft.value}>
      <legend>{legend}</legend>
      <div class="row">
        {names.map(({ name, word }) => (
          <Check key={name} checked={isOn(name)} onChange={() => toggle(name)}>
            {word}
          </Check>
        ))}
      </div>
      <Said field={field} />
    </fieldset>
  );
}
