// Findings: their names, descriptions and places. They are drawn on the pictures.

import type { Finding } from "../protos/mammoganesis/v1/cases_pb";
import { Button } from "../parts/buttons";
import { TextField } from "../parts/fields";
import { imageName } from "../teaching/words";
import { t } from "../texts/texts";
import { MAX_MARKS, withFindingChange, withoutFinding, withoutMark } from "./model";
import { chosenFinding } from "./picturespart";
import type { TabProps } from "./tab";

export function FindingsTab({ one, onChange }: TabProps) {
  return (
    <>
      <p class="note">{t(chosenFinding.value ? "findings.moreHow" : "findings.how")}</p>
      {one.findings.length === 0 ? <p>{t("findings.none")}</p> : null}
      <ol class="things">
        {one.findings.map((finding, place) => (
          <li key={finding.findingId} class={finding.findingId === chosenFinding.value ? "chosen" : ""}>
            <TextField label={t("findings.name")} value={finding.name} maxLength={200} onChange={(name) => onChange(withFindingChange(one, place, { name }), `${finding.findingId} name`)} />
            <TextField
              label={t("findings.description")}
              rows={2}
              maxLength={2000}
              value={finding.description}
              onChange={(description) => onChange(withFindingChange(one, place, { description }), `${finding.findingId} description`)}
            />
            <Places one={one} onChange={onChange} finding={finding} />
            <div class="row spread">
              <Button
                pressed={finding.findingId === chosenFinding.value}
                disabled={finding.marks.length >= MAX_MARKS}
                label={t("findings.moreOne", { name: finding.name })}
                onClick={() => (chosenFinding.value = finding.findingId === chosenFinding.value ? null : finding.findingId)}
              >
                {t("findings.more")}
              </Button>
              <Button look="quiet" label={t("findings.removeOne", { name: finding.name })} onClick={() => onChange(withoutFinding(one, finding.findingId))}>
                {t("findings.remove")}
              </Button>
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}

function Places({ one, onChange, finding }: TabProps & { finding: Finding }) {
  return (
    <ul class="places" aria-label={t("findings.places")}>
      {finding.marks.map((mark, place) => {
        const at = one.images.findIndex(({ imageId }) => imageId === mark.imageId);
        const image = one.images[at];
        const picture = image ? imageName(image, at) : mark.imageId;
        const name = t("findings.place", { picture, shape: mark.shape.case ? t(`findings.shape.${mark.shape.case}`) : "" });
        return (
          <li key={place} class="row spread">
            <span>{name}</span>
            <Button look="quiet" label={t("action.removeOne", { name: `${finding.name}, ${name}` })} onClick={() => onChange(withoutMark(one, finding.findingId, place))}>
              {t("action.remove")}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}
