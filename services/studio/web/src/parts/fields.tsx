// Fields of a form: number, choice, check, text.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";

import { t } from "../texts/texts";

interface SeedFieldProps {
  label: string;
  value: number;
  max: number;
  onChange: (seed: number) => void;
  children?: ComponentChildren; // beside the field
}

// What is typed stays as typed; a valid seed is told at once, another one is said under the field and nothing changes.
export function SeedField({ label, value, max, onChange, children }: SeedFieldProps) {
  const [typed, setTyped] = useState(String(value));
  const [bad, setBad] = useState(false);
  const id = useId();
  useEffect(() => {
    setTyped(String(value));
    setBad(false);
  }, [value]);
  const take = (text: string) => {
    setTyped(text);
    const valid = /^\d+$/.test(text.trim()) && Number(text) <= max;
    setBad(!valid);
    if (valid && Number(text) !== value) onChange(Number(text));
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="row">
        <input
          id={id}
          class="seed"
          inputMode="numeric"
          autocomplete="off"
          value={typed}
          aria-invalid={bad}
          aria-describedby={`${id}-error`}
          onInput={(event) => take(event.currentTarget.value)}
        />
        {children}
      </div>
      <p class="error" id={`${id}-error`} role="alert" hidden={!bad}>
        {bad ? t("error.seed", { max }) : ""}
      </p>
    </div>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  options: { value: Value; text: string }[];
  onChange: (value: Value) => void;
  help?: ComponentChildren;
}

export function Choice<Value extends string>({ label, value, options, onChange, help }: ChoiceProps<Value>) {
  const id = useId();
  return (
    <div class="field">
      <span class="label">
        <label for={id}>{label}</label>
        {help}
      </span>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value as Value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface CheckProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ComponentChildren;
}

export function Check({ checked, onChange, children }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{children}</span>
    </label>
  );
}

interface TextFieldProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  rows?: number; // more than one: a text area
  maxLength?: number;
  placeholder?: string;
}

export function TextField({ label, value, onChange, rows = 1, maxLength, placeholder }: TextFieldProps) {
  const id = useId();
  const shared = { id, value, maxLength, placeholder, autocomplete: "off" };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {rows > 1 ? (
        <textarea {...shared} rows={rows} onInput={(event) => onChange(event.currentTarget.value)} />
      ) : (
        <input {...shared} type="text" onInput={(event) => onChange(event.currentTarget.value)} />
      )}
    </div>
  );
}
