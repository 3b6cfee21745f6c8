// Parts of the form: which images, and what is done to them.

import { Button } from "../parts/buttons";
import { Choice, NumberField } from "../parts/fields";
import { directions, editing, labelFields, maxSeed, regions } from "../state/served";
import { directionName } from "../state/words";
import { known, number, t } from "../texts/texts";
import { FIRST_EDIT, FIRST_ROW, FIRST_TRANSFER, MOVES, SOURCES, type EditForm, type Form, type RowForm, type TransferForm } from "./document";
import { limits } from "./store";

export type Set = (change: Partial<Form>) => void;
const MOST_ROWS = 100;
const MOST_EDITS = 8;
const MOST_SIGMAS = 20;

const replaced = <Thing,>(things: Thing[], place: number, next: Thing) => things.map((one, at) => (at === place ? next : one));
const without = <Thing,>(things: Thing[], place: number) => things.filter((_, at) => at !== place);

interface AmountProps {
  label: string;
  value: number;
  low: number;
  high: number;
  whole?: boolean;
  onChange: (value: number) => void;
}

export function Amount({ label, value, low, high, whole = true, onChange }: AmountProps) {
  const range = { low: number(low, low % 1 ? 1 : 0), high: number(high, high % 1 ? 1 : 0) };
  const fits = (next: number | null) => next !== null && next >= low && next <= high && (!whole || Number.isInteger(next));
  return <NumberField label={label} value={value} refusal={(next) => (fits(next) ? "" : t(whole ? "field.whole" : "field.amount", range))} onChange={(next) => next !== null && onChange(next)} />;
}

const mostImages = () => limits.value?.maxImages ?? 10_000_000;

export function ImagesPart({ form, set }: { form: Form; set: Set }) {
  const { source, count, firstSeed, rows, psi, labels, chance } = form;
  return (
    <section class="block" aria-labelledby="job-images">
      <h2 id="job-images">{t("jobs.which")}</h2>
      <div class="two">
        <Choice label={t("jobs.source")} value={source} options={SOURCES.map((value) => ({ value, text: t(`jobs.source.${value}`) }))} onChange={(next) => set({ source: next })} />
        {source === "table" ? null : <Amount label={t("jobs.count")} value={count} low={1} high={mostImages()} onChange={(next) => set({ count: next })} />}
        {source === "seeds" ? <Amount label={t("jobs.firstSeed")} value={firstSeed} low={0} high={maxSeed()} onChange={(next) => set({ firstSeed: next })} /> : null}
      </div>
      {source === "table" ? (
        <>
          <ol class="job-rows">
            {rows.map((row, place) => (
              <Row key={place} place={place} row={row} onChange={(next) => set({ rows: replaced(rows, place, next) })} onRemove={rows.length > 1 ? () => set({ rows: without(rows, place) }) : null} />
            ))}
          </ol>
          {rows.length < MOST_ROWS ? <Button onClick={() => set({ rows: [...rows, FIRST_ROW] })}>{t("jobs.addRow")}</Button> : null}
        </>
      ) : null}
      <div class="two">
        <Amount label={t("jobs.psi")} value={psi} low={0} high={editing.value.maxPsi || 2} whole={false} onChange={(next) => set({ psi: next })} />
        {labelFields.value.map(({ name, values }) => (
          <Choice key={name} label={known(`label.${name}`, name)} value={labels[name] ?? ""} options={["", ...values].map((value) => ({ value, text: value || t("jobs.labelDrawn") }))} onChange={(value) => set({ labels: { ...labels, [name]: value } })} />
        ))}
        <Amount label={t("jobs.chance")} value={chance} low={0} high={maxSeed()} onChange={(next) => set({ chance: next })} />
      </div>
    </section>
  );
}

function Row({ place, row, onChange, onRemove }: { place: number; row: RowForm; onChange: (row: RowForm) => void; onRemove: (() => void) | null }) {
  const { images, labels, direction, sigmas } = row;
  const name = t("jobs.row", { number: number(place + 1) });
  return (
    <li class="task">
      <div class="row spread">
        <h3>{name}</h3>
        {onRemove ? (
          <Button label={t("action.removeOne", { name })} onClick={onRemove}>
            {t("action.remove")}
          </Button>
        ) : null}
      </div>
      <div class="three">
        <Amount label={t("jobs.count")} value={images} low={1} high={mostImages()} onChange={(next) => onChange({ ...row, images: next })} />
        {labelFields.value.map(({ name: field, values }) => (
          <Choice key={field} label={known(`label.${field}`, field)} value={labels[field] ?? ""} options={["", ...values].map((value) => ({ value, text: value || t("jobs.labelDrawn") }))} onChange={(value) => onChange({ ...row, labels: { ...labels, [field]: value } })} />
        ))}
        {directions.value.length > 0 ? <Choice label={t("jobs.direction")} value={direction} options={["", ...directions.value.map((one) => one.name)].map((value) => ({ value, text: value ? directionName(value) : t("jobs.noEdit") }))} onChange={(value) => onChange({ ...row, direction: value })} /> : null}
        {direction ? <Amount label={t("jobs.sigmas")} value={sigmas} low={-MOST_SIGMAS} high={MOST_SIGMAS} whole={false} onChange={(next) => onChange({ ...row, sigmas: next })} /> : null}
      </div>
    </li>
  );
}

export function ChangesPart({ form: { edits, transfers }, set }: { form: Form; set: Set }) {
  const named = regions.value.filter(({ name, rejected }) => name && !rejected);
  if (directions.value.length === 0 && named.length === 0) return null;
  return (
    <section class="block" aria-labelledby="job-changes">
      <h2 id="job-changes">{t("jobs.changes")}</h2>
      <p class="note">{t("jobs.changesHow")}</p>
      <ol class="job-rows">
        {edits.map((edit, place) => (
          <Edit key={place} place={place} edit={edit} onChange={(next) => set({ edits: replaced(edits, place, next) })} onRemove={() => set({ edits: without(edits, place) })} />
        ))}
        {transfers.map((transfer, place) => (
          <Transfer key={`transfer-${place}`} place={place} transfer={transfer} names={named.map(({ name }) => name)} onChange={(next) => set({ transfers: replaced(transfers, place, next) })} onRemove={() => set({ transfers: without(transfers, place) })} />
        ))}
      </ol>
      <div class="row">
        {directions.value.length > 0 && edits.length < MOST_EDITS ? <Button onClick={() => set({ edits: [...edits, FIRST_EDIT] })}>{t("jobs.addEdit")}</Button> : null}
        {named.length > 0 && transfers.length < MOST_EDITS ? <Button onClick={() => set({ transfers: [...transfers, FIRST_TRANSFER] })}>{t("jobs.addTransfer")}</Button> : null}
      </div>
    </section>
  );
}

function Edit({ place, edit, onChange, onRemove }: { place: number; edit: EditForm; onChange: (edit: EditForm) => void; onRemove: () => void }) {
  const { direction, move, from, to, percent } = edit;
  const name = t("jobs.edit", { number: number(place + 1) });
  return (
    <li class="task">
      <div class="row spread">
        <h3>{name}</h3>
        <Button label={t("action.removeOne", { name })} onClick={onRemove}>
          {t("action.remove")}
        </Button>
      </div>
      <div class="three">
        <Choice label={t("jobs.direction")} value={direction} options={["", ...directions.value.map((one) => one.name)].map((value) => ({ value, text: value ? directionName(value) : t("jobs.anyDirection") }))} onChange={(value) => onChange({ ...edit, direction: value })} />
        <Choice label={t("jobs.move")} value={move} options={MOVES.map((value) => ({ value, text: t(`jobs.move.${value}`) }))} onChange={(value) => onChange({ ...edit, move: value })} />
        {move === "fixed" ? <Amount label={t("jobs.sigmas")} value={from} low={-MOST_SIGMAS} high={MOST_SIGMAS} whole={false} onChange={(value) => onChange({ ...edit, from: value })} /> : null}
        {move === "normal" ? (
          <>
            <Amount label={t("jobs.mean")} value={from} low={-MOST_SIGMAS} high={MOST_SIGMAS} whole={false} onChange={(value) => onChange({ ...edit, from: value })} />
            <Amount label={t("jobs.deviation")} value={to} low={0} high={MOST_SIGMAS} whole={false} onChange={(value) => onChange({ ...edit, to: value })} />
          </>
        ) : null}
        {move === "uniform" ? (
          <>
            <Amount label={t("jobs.least")} value={from} low={-MOST_SIGMAS} high={MOST_SIGMAS} whole={false} onChange={(value) => onChange({ ...edit, from: value })} />
            <Amount label={t("jobs.most")} value={to} low={-MOST_SIGMAS} high={MOST_SIGMAS} whole={false} onChange={(value) => onChange({ ...edit, to: value })} />
          </>
        ) : null}
        <Amount label={t("jobs.percent")} value={percent} low={0} high={100} whole={false} onChange={(value) => onChange({ ...edit, percent: value })} />
      </div>
    </li>
  );
}

function Transfer({ place, transfer, names, onChange, onRemove }: { place: number; transfer: TransferForm; names: string[]; onChange: (transfer: TransferForm) => void; onRemove: () => void }) {
  const { region, percent } = transfer;
  const name = t("jobs.transfer", { number: number(place + 1) });
  return (
    <li class="task">
      <div class="row spread">
        <h3>{name}</h3>
        <Button label={t("action.removeOne", { name })} onClick={onRemove}>
          {t("action.remove")}
        </Button>
      </div>
      <div class="three">
        <Choice label={t("jobs.region")} value={region} options={["", ...names].map((value) => ({ value, text: value ? known(`region.${value}`, value) : t("jobs.anyRegion") }))} onChange={(value) => onChange({ ...transfer, region: value })} />
        <Amount label={t("jobs.percent")} value={percent} low={0} high={100} whole={false} onChange={(value) => onChange({ ...transfer, percent: value })} />
      </div>
    </li>
  );
}
