// A number that is typed: one that does not fit is said under the field, and nothing changes.

import { useEffect, useId, useState } from "preact/hooks";

import { Help } from "../parts/buttons";

interface NumberFieldProps {
  label: string;
  value: number;
  fits: (value: number) => boolean;
  empty?: number; // what an empty field stands for; not allowed where it is left out
  bad: string; // what is said of another number
  help?: string;
  onChange: (value: number) => void;
}

export function NumberField({ label, value, fits, empty, bad, help, onChange }: NumberFieldProps) {
  const written = value === empty ? "" : String(value);
  const [typed, setTyped] = useState(written);
  const [wrong, setWrong] = useState(false);
  const id = useId();
  const numberOf = (text: string): number | null => {
    const trimmed = text.trim().replace(",", ".");
    if (trimmed === "") return empty ?? null;
    return fits(Number(trimmed)) ? Number(trimmed) : null;
  };
  useEffect(() => {
    if (numberOf(typed) !== value) setTyped(written);
    setWrong(false);
  }, [value]);
  const take = (text: string) => {
    setTyped(text);
    const next = numberOf(text);
    setWrong(next === null);
    if (next !== null && next !== value) onChange(next);
  };
  return (
    <div class="field">
      <span class="label">
        <label for={id}>{label}</label>
        {help ? <Help name={label}>{help}</Help> : null}
      </span>
      <input id={id} type="text" inputMode="decimal" autocomplete="off" value={typed} aria-invalid={wrong} aria-describedby={`${id}-bad`} onInput={(event) => take(event.currentTarget.value)} />
      <p class="error" id={`${id}-bad`} role="alert" hidden={!wrong}>
        {wrong ? bad : ""}
      </p>
    </div>
  );
}
