// A name as a person types it, with the name that comes of it.

import { TextField } from "../parts/fields";
import { t } from "../texts/texts";
import { isName, nameOf } from "./names";
import { rules } from "./store";

interface NameFieldProps {
  name: string;
  example: string;
  invalid: boolean;
  onChange: (name: string) => void;
}

export function NameField({ name, example, invalid, onChange }: NameFieldProps) {
  const { namePattern, maxName } = rules.value;
  const valid = nameOf(name, namePattern);
  const said = valid !== name && isName(valid, namePattern) ? t("curation.becomes", { name: valid }) : "";
  return (
    <TextField
      label={t("curation.name")}
      value={name}
      field="name"
      placeholder={example}
      maxLength={maxName}
      invalid={invalid}
      onChange={(text) => onChange(text.replace(/\s+/g, " ").trimStart())}
      onLeave={() => said && onChange(valid)}
    >
      {said}
    </TextField>
  );
}
