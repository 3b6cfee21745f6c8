// A text to be taken along, with a button that copies it.

import { useRef, useState } from "preact/hooks";

import { t } from "../texts/texts";
import { Button } from "./buttons";
import { pointed } from "./pointer";

interface CopiedProps {
  label: string; // of the text, for who does not see it
  text: string;
  button?: string; // what its button says more than "Copy"; begins with it
  rows?: number; // more than one: a text area
}

export function Copied({ label, text, button, rows = 1 }: CopiedProps) {
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid(t("copy.done"));
    } catch {
      field.current?.select(); // without https there is no clipboard
      setSaid(pointed("copy.failed"));
    }
  };
  const shared = { ref: field, readOnly: true, value: text, "aria-label": label, onFocus: () => field.current?.select() };
  return (
    <div class="copied">
      <div class="row">
        {rows > 1 ? <textarea {...shared} rows={rows} /> : <input {...shared} type="text" />}
        <Button onClick={() => void copy()} {...(button ? { label: button } : {})}>
          {t("copy")}
        </Button>
      </div>
      <p class="note" role="status">
        {said}
      </p>
    </div>
  );
}
