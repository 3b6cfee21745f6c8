// Buttons, and the small help beside a control.

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

import { t } from "../texts/texts";

interface ButtonProps {
  onClick: () => void;
  children: ComponentChildren;
  look?: "plain" | "primary" | "quiet";
  disabled?: boolean;
  pressed?: boolean; // a switch that is on or off
  label?: string | undefined; // where what is written on it does not say enough; begins with it
  keys?: string; // the key that does the same, such as "z"
}

export function Button({ onClick, children, look = "plain", disabled = false, pressed, label, keys }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${look}`}
      onClick={onClick}
      disabled={disabled}
      aria-pressed={pressed}
      aria-label={label}
      aria-keyshortcuts={keys}
      title={label}
    >
      {children}
    </button>
  );
}

// A round question mark that opens a few sentences under the control it stands at.
export function Help({ name, children }: { name: string; children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && open) {
      setOpen(false);
      event.stopPropagation();
    }
  };
  return (
    <span class="help" onKeyDown={onKeyDown}>
      <button
        type="button"
        class="help-button"
        aria-expanded={open}
        aria-controls={id}
        aria-label={t("action.help", { name })}
        onClick={() => setOpen(!open)}
      >
        ?
      </button>
      <span class="help-text" id={id} role="note" hidden={!open}>
        {children}
      </span>
    </span>
  );
}
