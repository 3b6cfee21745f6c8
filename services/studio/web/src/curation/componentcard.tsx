// One component: a sheet and a form for each direction along it.

import { useComputed } from "@preact/signals";
import { useRef } from "preact/hooks";

import { Button } from "../parts/buttons";
import { Check, NumberField, TextField } from "../parts/fields";
import { ErrorLine } from "../parts/messages";
import { components } from "../state/served";
import { number, percent, t } from "../texts/texts";
import { Card } from "./card";
import { componentSheet } from "./drawing";
import { emptyDirection, type DirectionDraft } from "./draft";
import { Effects } from "./effects";
import { NameField } from "./namefield";
import { problemOfDirection } from "./problems";
import { Sheet } from "./sheet";
import { attributeName, changeComponent, changeDirection, draft, names, rules } from "./store";

export function ComponentCard({ index }: { index: number }) {
  const said = useComputed(() => draft.value.components[index]);
  const card = useRef<HTMLDivElement>(null);
  if (!said.value) return null;
  const { decision, directions } = said.value;
  const share = components.value[index]?.explainedVarianceRatio ?? 0;
  const add = () => {
    changeComponent(index, (one) => ({ ...one, directions: [...one.directions, emptyDirection(rules.value)] }));
    setTimeout(() => [...(card.current?.querySelectorAll<HTMLElement>("[data-field=name]") ?? [])].at(-1)?.focus());
  };
  const remove = (place: number) => {
    changeComponent(index, (one) => ({ ...one, directions: one.directions.filter((_, i) => i !== place) }));
    setTimeout(() => card.current?.querySelector<HTMLElement>(".more button")?.focus());
  };
  return (
    <Card
      id={`component-${index}`}
      title={t("curation.component", { index })}
      detail={t("curation.ofVariance", { share: percent(share) })}
      decision={decision}
      onDecide={(next) => changeComponent(index, (one) => ({ ...one, decision: next }))}
    >
      <div class="entries" ref={card}>
        {directions.map((direction, place) => (
          <Entry
            key={place}
            index={index}
            place={place}
            direction={direction}
            {...(directions.length > 1 ? { onRemove: () => remove(place) } : {})}
          />
        ))}
        {decision === "keep" ? (
          <p class="more">
            <Button look="quiet" onClick={add}>
              {t("curation.another")}
            </Button>
          </p>
        ) : null}
      </div>
    </Card>
  );
}

interface EntryProps {
  index: number;
  place: number;
  direction: DirectionDraft;
  onRemove?: () => void;
}

function Entry({ index, place, direction, onRemove }: EntryProps) {
  const problem = useComputed(() => {
    const one = draft.value.components[index]?.directions[place];
    return one && draft.value.components[index]?.decision === "keep" ? problemOfDirection(one, names.value, rules.value) : "";
  });
  const change = (part: Partial<DirectionDraft>) => changeDirection(index, place, part);
  const { maxNote } = rules.value;
  const numbers = (field: "layer_start" | "layer_end" | "sigmas_start" | "sigmas_end") => ({
    field,
    label: t(`curation.${field}`),
    value: direction[field],
    onChange: (value: number | null) => change({ [field]: Number.isNaN(value) ? null : value }),
  });
  return (
    <div class="entry direction">
      <Sheet content={componentSheet(index, direction)} reversed={direction.reversed} />
      <div class="fields">
        <NameField
          name={direction.name}
          example="breast-size"
          invalid={problem.value.startsWith(t("curation.problem.name"))}
          onChange={(name) => change({ name })}
        />
        <Check field="reversed" checked={direction.reversed} onChange={(reversed) => change({ reversed })}>
          {t("curation.reversed")}
        </Check>
        <div class="pair" role="group" aria-label={t("curation.layers")}>
          <NumberField {...numbers("layer_start")} />
          <NumberField {...numbers("layer_end")} />
        </div>
        <div class="pair" role="group" aria-label={t("curation.range")}>
          <NumberField {...numbers("sigmas_start")} />
          <NumberField {...numbers("sigmas_end")} />
        </div>
        <TextField
          label={t("curation.note")}
          field="note"
          rows={2}
          maxLength={maxNote}
          value={direction.note}
          onChange={(note) => change({ note: note.replace(/\s+/g, " ").trimStart() })}
        />
        <ErrorLine text={problem.value} />
        <Measured direction={direction} />
        <Effects index={index} place={place} direction={direction} />
        {onRemove ? (
          <p class="remove">
            <Button look="quiet" onClick={onRemove}>
              {t("curation.removeDirection")}
            </Button>
          </p>
        ) : null}
      </div>
    </div>
  );
}

// What moves with the component, and what was measured.
function Measured({ direction: { further, evidence } }: { direction: DirectionDraft }) {
  const sentences = further.map(({ index, weight, layer_start: first, layer_end: end }) =>
    t("curation.further", { weight: number(weight, 2).replace("-", "\u2212"), index, first, last: end - 1 }),
  );
  if (evidence) {
    const { attribute, spearman_rho: rho, num_seeds: seeds } = evidence;
    sentences.push(t("curation.evidence", { attribute: attributeName(attribute), rho: number(rho, 2).replace("-", "\u2212"), seeds }));
  }
  return sentences.length > 0 ? <p class="note evidence">{sentences.join(" ")}</p> : null;
}
