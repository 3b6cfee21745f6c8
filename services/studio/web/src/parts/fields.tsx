// Fields of a form: number, choice, check, text.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useState } from "preact/hooks";

import { t, written } from "../texts/texts";

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
  options: { value: Value; text: string; lang?: string | undefined }[]; // lang: of the text, where it is not the page's
  onChange: (value: Value) => void;
  help?: ComponentChildren;
  id?: string;
  disabled?: boolean;
}

export function Choice<Value extends string>({ label, value, options, onChange, help, id: given, disabled = false }: ChoiceProps<Value>) {
  const own = useId();
  const id = given ?? own;
  return (
    <div class="field">
      <span class="label">
        <label for={id}>{label}</label>
        {help}
      </span>
      <select id={id} value={value} disabled={disabled} onChange={(event) => onChange(event.currentTarget.value as Value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value} lang={option.lang}>
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
  disabled?: boolean;
  children: ComponentChildren;
}

export function Check({ checked, onChange, field, disabled = false, children }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" data-field={field} checked={checked} disabled={disabled} onChange={(event) => onChange(event.currentTarget.checked)} />
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
  disabled?: boolean;
  children?: ComponentChildren; // said under it
}

export function TextField({ label, value, onChange, onLeave, rows = 1, maxLength, placeholder, field, id, invalid, disabled = false, children }: TextFieldProps) {
  const own = useId();
  const shared = {
    id: id ?? own,
    value,
    maxLength,
    placeholder,
    disabled,
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
  value: number | null; // null: an empty field
  onChange: (value: number | null) => void; // NaN for what is no number
  refusal?: (value: number | null) => string; // what is said under the field of one that does not fit, which is not told then; "" for one that fits
  help?: ComponentChildren;
  field?: string;
  id?: string;
  disabled?: boolean;
}

const numberIn = (text: string) => (text.trim() === "" ? null : Number(text.trim().replace(",", ".")));

// What is typed stays as typed, a half-typed number too. A comma is taken for a point.
export function NumberField({ label, value, onChange, refusal = () => "", help, field, id: given, disabled = false }: NumberFieldProps) {
  const shown = value === null || Number.isNaN(value) ? "" : written(value);
  const [typed, setTyped] = useState(shown);
  const own = useId();
  const id = given ?? own;
  useLayoutEffect(() => {
    const half = shown === "" && Number.isNaN(numberIn(typed));
    if (!half && numberIn(typed) !== value) setTyped(shown);
  }, [shown]);
  const bad = refusal(numberIn(typed));
  const take = (text: string) => {
    setTyped(text);
    const next = numberIn(text);
    if (refusal(next) === "" && !Object.is(next, value)) onChange(next);
  };
  return (
    <div class="field">
      <span class="label">
        <label for={id}>{label}</label>
        {help}
      </span>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        autocomplete="off"
        data-field={field}
        disabled={disabled}
        value={typed}
        aria-invalid={bad !== "" || Number.isNaN(numberIn(typed))}
        aria-describedby={`${id}-bad`}
        onInput={(event) => take(event.currentTarget.value)}
      />
      <p class="error" id={`${id}-bad`} role="alert" hidden={bad === ""}>
        {bad}
      </p>
    </div>
  );
}
