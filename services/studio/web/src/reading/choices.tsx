// One of several answers, each with its key written beside it.

interface ChoicesProps<Value> {
  name: string;
  legend: string;
  options: readonly { value: Value; text: string; keys?: string; lang?: string | undefined }[]; // lang: of the text, where it is not the page's
  value: Value | undefined;
  onChange: (value: Value) => void;
  across?: boolean; // beside each other
  quiet?: boolean; // a second question
}

export function Choices<Value extends string | number | boolean>({ name, legend, options, value, onChange, across = false, quiet = false }: ChoicesProps<Value>) {
  return (
    <fieldset class={`question ${quiet ? "quiet" : ""}`}>
      <legend>{legend}</legend>
      <ul class={`answers ${across ? "across" : ""}`}>
        {options.map((option) => (
          <li key={String(option.value)}>
            <label class="check">
              <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} aria-keyshortcuts={option.keys} />
              {option.keys ? <kbd aria-hidden="true">{option.keys}</kbd> : null}
              <span lang={option.lang}>{option.text}</span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
