// One region: a sheet and what is said about it.

import { useComputed } from "@preact/signals";

import { TextField } from "../parts/fields";
import { ErrorLine } from "../parts/messages";
import { regions } from "../state/served";
import { percent, t } from "../texts/texts";
import { Card } from "./card";
import { regionSheet } from "./drawing";
import { NameField } from "./namefield";
import { problemOfRegion } from "./problems";
import { Sheet } from "./sheet";
import { changeRegion, draft, namesOfRegions, rules } from "./store";

export function RegionCard({ index }: { index: number }) {
  const said = useComputed(() => draft.value.regions[index]);
  const problem = useComputed(() => {
    const one = draft.value.regions[index];
    return one ? problemOfRegion(one, namesOfRegions.value, rules.value) : "";
  });
  const content = useComputed(() => regionSheet(index));
  if (!said.value) return null;
  const { decision, name, note } = said.value;
  return (
    <Card
      id={`region-${index}`}
      title={t("curation.region", { index })}
      detail={t("curation.ofArea", { share: percent(regions.value[index]?.areaShare ?? 0) })}
      decision={decision}
      onDecide={(next) => changeRegion(index, { decision: next })}
    >
      <div class="entry">
        <Sheet content={content.value} />
        <div class="fields">
          <NameField
            name={name}
            example="nipple"
            invalid={problem.value.startsWith(t("curation.problem.name"))}
            onChange={(next) => changeRegion(index, { name: next })}
          />
          <TextField
            label={t("curation.note")}
            field="note"
            rows={2}
            maxLength={rules.value.maxNote}
            value={note}
            onChange={(next) => changeRegion(index, { note: next.replace(/\s+/g, " ").trimStart() })}
          />
          <ErrorLine text={problem.value} />
        </div>
      </div>
    </Card>
  );
}
