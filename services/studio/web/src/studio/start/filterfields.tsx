// What a person wishes of the pictures: from which seed on, their labels, their measures.

import { Button, Help } from "../../parts/buttons";
import { Choice, SeedField } from "../../parts/fields";
import type { LabelField } from "../../protos/mammoganesis/v1/model_pb";
import { labelFields, maxSeed, randomSeed, served } from "../../state/served";
import { known, number, t } from "../../texts/texts";
import { FIRST_MEASURES, MEASURES, PAGE, startingAt, THIRDS, trainedWith, withLabel, withMeasure, type Filters, type MeasureName, type Third } from "./filters";

interface FilterFieldsProps {
  filters: Filters;
  expert: boolean;
  onChange: (filters: Filters, typed?: boolean) => void; // typed: one of many on the way to what is meant
  onOpen: (seed: number) => void;
}

export function FilterFields({ filters, expert, onChange, onOpen }: FilterFieldsProps) {
  const offered = MEASURES.filter((name) => expert || FIRST_MEASURES.includes(name) || filters.measures[name]);
  const open = (event: SubmitEvent) => {
    event.preventDefault();
    if (served.value && !(event.currentTarget as HTMLFormElement).querySelector("[aria-invalid=true]")) onOpen(filters.first);
  };
  return (
    <form class="filters" onSubmit={open}>
      <SeedField label={t("start.from")} value={filters.first} max={maxSeed()} help={<Help name={t("start.from")}>{t("help.seed")}</Help>} onChange={(first) => onChange(startingAt(filters, first), true)}>
        <Button onClick={() => onChange(startingAt(filters, Math.min(randomSeed(), maxSeed() + 1 - PAGE)))}>{t("start.others")}</Button>
        <Button disabled={served.value === null} onClick={() => onOpen(filters.first)} label={t("start.openSeed", { seed: filters.first })}>
          {t("action.open")}
        </Button>
      </SeedField>
      {labelFields.value.map((field) => (
        <LabelChoice key={field.name} field={field} value={filters.labels[field.name] ?? ""} onChange={(value) => onChange(withLabel(filters, field.name, value))} />
      ))}
      {offered.map((name) => (
        <MeasureChoice key={name} name={name} value={filters.measures[name] ?? ""} onChange={(third) => onChange(withMeasure(filters, name, third))} />
      ))}
      <Rarity labels={filters.labels} />
    </form>
  );
}

function LabelChoice({ field, value, onChange }: { field: LabelField; value: string; onChange: (value: string) => void }) {
  const label = known(`label.${field.name}`, field.name);
  const options = [{ value: "", text: t("label.any") }, ...field.values.map((one) => ({ value: one, text: one }))];
  const help = <Help name={label}>{`${t(field.name === "view" ? "help.view" : "help.label")} ${t("start.anyLabel")}`}</Help>;
  return <Choice label={label} value={value} options={options} onChange={onChange} help={help} />;
}

function MeasureChoice({ name, value, onChange }: { name: MeasureName; value: Third | ""; onChange: (third: Third | "") => void }) {
  const label = t(`start.measure.${name}`);
  const options: { value: Third | ""; text: string }[] = [{ value: "", text: t("start.any") }, ...THIRDS.map((third) => ({ value: third, text: t(`start.third.${third}`) }))];
  const help = <Help name={label}>{`${t(`help.measure.${name}`)} ${t("start.thirds")}`}</Help>;
  return <Choice label={label} value={value} options={options} onChange={onChange} help={help} />;
}

// Said where the model has learnt from few images with these labels, or none.
function Rarity({ labels }: { labels: Record<string, string> }) {
  const trained = trainedWith(labels, served.value?.model.labelMixture ?? []);
  if (!trained || trained.images >= trained.all / 100) return null;
  return <p class="note">{t("start.rare", { images: number(trained.images), all: number(trained.all) })}</p>;
}
