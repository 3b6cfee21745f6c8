// When a link ends by itself.

import { t } from "../texts/texts";
import { Choice } from "./fields";
import { ENDS, type Ends } from "./when";

export function EndsChoice({ value, onChange }: { value: Ends; onChange: (ends: Ends) => void }) {
  return <Choice label={t("links.ends")} value={value} onChange={onChange} options={ENDS.map((one) => ({ value: one, text: t(`links.ends.${one}`) }))} />;
}
