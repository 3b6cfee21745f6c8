// When a link ends by itself.

import { t } from "../texts/texts";
import { Choice } from "./fields";
import { ENDS, type Ends } from "./when";

// `never`: what it is called when nothing ends it before.
export function EndsChoice({ value, onChange, never = t("links.ends.never") }: { value: Ends; onChange: (ends: Ends) => void; never?: string }) {
  return <Choice label={t("links.ends")} value={value} onChange={onChange} options={ENDS.map((one) => ({ value: one, text: one === "never" ? never : t(`links.ends.${one}`) }))} />;
}
