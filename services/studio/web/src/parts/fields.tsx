// Fields of a form: number, choice, check, text.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import { t } from "../texts/texts";

interface SeedFieldProps {
  label: string;
  value: number | null; // null: there is none
  max: number;
  onChange: (seed: number) => void;
  id?: string;
  onTyping?: (seed: number) => void; // while it is typed, where that is told apart from what it comes to
  help?: ComponentChildren;
  children?: ComponentChildren; // beside the field
}

// What is typed stays as typed; a valid seed is told at once, another one is said under the field and nothing changes.
export function SeedField({ label, value, max, onChange, onTyping, help, id: given, children }: SeedFieldProps) {
  const shown = value === null ? "" : String(value);
  const [typed, setTyped] = useState(shown);
  const [bad, setBad] = useState(false);
  const own = useId();
  const id = given ?? own;
  // Before the next key: later it would undo what is typed meanwhile.
  useLayoutEffect(() => {
    setTyped(shown);
    setBad(false);
  }, [shown]);
  const isValid = (text: string) => /^\d+$/.test(text.trim()) && Number(text) <= max;
  const take = (text: string) => {
    setTyped(text);
    setBad(!isValid(text));
    if (isValid(text) && Number(text) !== value) (onTyping ?? onChange)(Number(text));
  };
  return (
    <div class="field">
      <span class="label">
        <label for={id}>{label}</label>
        {help}
      </span>
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
          onChange={(event) => onTyping && isValid(event.currentTarget.value) && onChange(Number(event.currentTarget.value))}
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
  id?: string;
}

export function Choice<Value extends string>({ label, value, options, onChange, help, id: given }: ChoiceProps<Value>) {
  const own = useId();
  const id = given ?? own;
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
  field?: string;
  children: ComponentChildren;
}

export function Check({ checked, onChange, field, children }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" data-field={field} checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{children}</span>
    </label>
  );
}

interface TextFieldProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  onLeave?: () => void;
  rows?: number; // more than one: a text area
  maxLength?: number;
  placeholder?: string;
  field?: string; // what it holds, for whoever looks for it in the page
  id?: string;
  invalid?: boolean;
  children?: ComponentChildren; // said under it
}

export function TextField({ label, value, onChange, onLeave, rows = 1, maxLength, placeholder, field, id, invalid, children }: TextFieldProps) {
  const own = useId();
  const shared = {
    id: id ?? own,
    value,
    maxLength,
    placeholder,
    autocomplete: "off",
    "data-field": field,
    "aria-invalid": invalid,
    "aria-describedby": children ? `${own}-said` : undefined,
    onBlur: onLeave,
  };
  return (
    <div class="field">
      <label for={id ?? own}>{label}</label>
      {rows > 1 ? (
        <textarea {...shared} rows={rows} onInput={(event) => onChange(event.currentTarget.value)} />
      ) : (
        <input {...shared} type="text" autocapitalize="none" spellcheck={false} onInput={(event) => onChange(event.currentTarget.value)} />
      )}
      {children ? (
        <p class="note" id={`${own}-said`} aria-live="polite">
          {children}
        </p>
      ) : null}
    </div>
  );
}

interface NumberFieldProps {
  label: string;
  value: string; // as typed
  onChange: (text: string) => void; // "?" for what is no number
  min?: number;
  max?: number;
  step?: number | "any";
  field?: string;
  id?: string;
}

const amount = (text: string) => (text === "" || Number.isNaN(Number(text)) ? null : Number(text));

// What is typed stays as typed, a half-typed number too: the browser has the text, not the page.
export function NumberField({ label, value, onChange, min, max, step = 1, field, id }: NumberFieldProps) {
  const own = useId();
  const input = useRef<HTMLInputElement>(null);
  const told = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (!input.current || (told.current !== null && amount(told.current) === amount(value))) return;
    input.current.value = value === "?" ? "" : value;
    told.current = value;
  }, [value]);
  const take = ({ value: text, validity }: HTMLInputElement) => {
    told.current = validity.badInput ? "?" : text;
    onChange(told.current);
  };
  return (
    <div class="field">
      <label for={id ?? own}>{label}</label>
      <input
        id={id ?? own}
        type="number"
        inputMode={step === 1 ? "numeric" : "decimal"}
        min={min}
        max={max}
        step={step}
        ref={input}
        data-field={field}
        onInput={(event) => take(event.currentTarget)}
      />
    </div>
  );
}
