// Fields of a design: what should be known about one stands under it.

import type { ComponentChildren } from "preact";

import { Help } from "../parts/buttons";
import { Check, Choice, NumberField, TextField } from "../parts/fields";
import { Message } from "../parts/messages";
import { number, t } from "../texts/texts";
import { edit, isDraft, remarks } from "./store";
import type { Filled } from "./design";

// Remarks about a field.
export function Said({ field }: { field: string }) {
  const said = remarks.value.filter((one) => one.field === field);
  return (
    <div class="said" data-field={field} aria-live="polite">
      {said.map(({ text, blocking }) => (
        <p key={text} class={blocking ? "error" : "remark"}>
          <Message text={text} />
        </p>
      ))}
    </div>
  );
}

interface AmountProps {
  field: string; // as the services name it, such as "pool.drawn"
  label: string;
  value: number | undefined;
  low: number;
  high: number;
  whole?: boolean;
  help?: string;
  set: (copy: Filled, value: number | undefined) => void; // undefined: as it is by default
}

export function Amount({ field, label, value, low, high, whole = true, help, set }: AmountProps) {
  const range = { low: number(low, low % 1 ? 2 : 0), high: number(high, high % 1 ? 2 : 0) };
  const fits = (next: number | null) => next === null || (next >= low && next <= high && (!whole || Number.isInteger(next)));
  return (
    <div class="bound">
      <NumberField
        label={label}
        value={value ?? null}
        refusal={(next) => (fits(next) ? "" : t(whole ? "field.whole" : "field.amount", range))}
        disabled={!isDraft.value}
        help={help ? <Help name={label}>{help}</Help> : undefined}
        onChange={(next) => edit(field, (copy) => set(copy, next ?? undefined))}
      />
      <Said field={field} />
    </div>
  );
}

interface WordsProps {
  field: string;
  label: string;
  value: string;
  max: number;
  rows?: number;
  note?: string;
  set: (copy: Filled, value: string) => void;
}

export function Words({ field, label, value, max, rows = 1, note, set }: WordsProps) {
  return (
    <div class="bound">
      <TextField label={label} value={value} maxLength={max} rows={rows} disabled={!isDraft.value} onChange={(text) => edit(field, (copy) => set(copy, text))}>
        {note}
      </TextField>
      <Said field={field} />
    </div>
  );
}

interface YesProps {
  field: string;
  value: boolean;
  set: (copy: Filled, value: boolean) => void;
  children: ComponentChildren;
}

export function Yes({ field, value, set, children }: YesProps) {
  return (
    <div class="bound">
      <Check checked={value} disabled={!isDraft.value} onChange={(checked) => edit("", (copy) => set(copy, checked))}>
        {children}
      </Check>
      <Said field={field} />
    </div>
  );
}

interface OneOfProps<Value extends string> {
  field: string;
  label: string;
  value: Value;
  options: { value: Value; text: string }[];
  help?: string;
  set: (copy: Filled, value: Value) => void;
}

export function OneOf<Value extends string>({ field, label, value, options, help, set }: OneOfProps<Value>) {
  return (
    <div class="bound">
      <Choice
        label={label}
        value={value}
        options={options}
        disabled={!isDraft.value}
        help={help ? <Help name={label}>{help}</Help> : undefined}
        onChange={(next) => edit("", (copy) => set(copy, next))}
      />
      <Said field={field} />
    </div>
  );
}

// A list of texts, one a line.
interface LinesProps {
  field: string;
  label: string;
  value: string[];
  note?: string;
  set: (copy: Filled, value: string[]) => void;
}

export function Lines({ field, label, value, note, set }: LinesProps) {
  return <Words field={field} label={label} value={value.join("\n")} max={20_000} rows={Math.max(3, value.length + 1)} {...(note ? { note } : {})} set={(copy, text) => set(copy, text === "" ? [] : text.split("\n"))} />;
}
