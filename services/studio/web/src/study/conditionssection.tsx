// Under which conditions it is read: who reads what, on which screen, and what may be done with a picture.

import type { StudyDesign } from "../protos/mammoganesis/v1/study_design_pb";
import { StudyCrossing } from "../protos/mammoganesis/v1/study_design_pb";
import { t } from "../texts/texts";
import { Amount, Lines, OneOf, Words, Yes } from "./fields";

export function ConditionsSection({ design: { allocation, display, readers } }: { design: StudyDesign }) {
  const split = allocation?.crossing === StudyCrossing.SPLIT;
  return (
    <>
      <h3>{t("conditions.who")}</h3>
      <div class="three">
        <Amount field="readers.planned" label={t("conditions.planned")} value={readers?.planned || undefined} low={1} high={1000} set={({ readers }, value) => void (readers.planned = value ?? 0)} />
        <OneOf
          field="allocation.crossing"
          label={t("conditions.crossing")}
          value={split ? "split" : "full"}
          options={(["full", "split"] as const).map((value) => ({ value, text: t(`conditions.crossing.${value}`) }))}
          help={t("conditions.crossingHelp")}
          set={({ allocation }, value) => {
            allocation.crossing = value === "split" ? StudyCrossing.SPLIT : StudyCrossing.FULL;
            allocation.blocks = value === "split" ? 2 : 0;
            allocation.anchors = 0;
          }}
        />
        {split ? (
          <>
            <Amount field="allocation.blocks" label={t("conditions.blocks")} value={allocation.blocks || undefined} low={2} high={20} set={({ allocation }, value) => void (allocation.blocks = value ?? 0)} />
            <Amount field="allocation.anchors" label={t("conditions.anchors")} value={allocation.anchors} low={0} high={2000} help={t("conditions.anchorsHelp")} set={({ allocation }, value) => void (allocation.anchors = value ?? 0)} />
          </>
        ) : null}
      </div>
      <Words field="readers.consent" label={t("conditions.consent")} value={readers?.consent ?? ""} max={20_000} rows={5} note={t("conditions.consentNote")} set={({ readers }, text) => void (readers.consent = text)} />
      <Lines field="readers.specialties" label={t("conditions.specialties")} value={readers?.specialties ?? []} note={t("field.lines")} set={({ readers }, lines) => void (readers.specialties = lines)} />

      <h3>{t("conditions.screen")}</h3>
      <div class="three">
        <Amount field="display.smallest_width" label={t("conditions.smallestWidth")} value={display?.smallestWidth || undefined} low={300} high={4000} set={({ display }, value) => void (display.smallestWidth = value ?? 0)} />
        <Amount field="display.smallest_height" label={t("conditions.smallestHeight")} value={display?.smallestHeight || undefined} low={300} high={4000} set={({ display }, value) => void (display.smallestHeight = value ?? 0)} />
        <Amount
          field="display.image_millimetres"
          label={t("conditions.millimetres")}
          value={display?.imageMillimetres || undefined}
          low={20}
          high={500}
          whole={false}
          help={t("conditions.millimetresHelp")}
          set={({ display }, value) => void (display.imageMillimetres = value ?? 0)}
        />
      </div>
      <Yes field="display.phones_allowed" value={display?.phonesAllowed ?? false} set={({ display }, value) => void (display.phonesAllowed = value)}>
        {t("conditions.phones")}
      </Yes>
      <Yes field="display.distance_asked" value={display?.distanceAsked ?? false} set={({ display }, value) => void (display.distanceAsked = value)}>
        {t("conditions.distance")}
      </Yes>

      <h3>{t("conditions.pictures")}</h3>
      <Yes field="display.window_fixed" value={!(display?.windowFixed ?? false)} set={({ display }, value) => void (display.windowFixed = !value)}>
        {t("conditions.window")}
      </Yes>
      <Yes field="display.zoom_fixed" value={!(display?.zoomFixed ?? false)} set={({ display }, value) => void (display.zoomFixed = !value)}>
        {t("conditions.zoom")}
      </Yes>
      <Yes field="display.corrections_allowed" value={display?.correctionsAllowed ?? false} set={({ display }, value) => void (display.correctionsAllowed = value)}>
        {t("conditions.corrections")}
      </Yes>
      <div class="three">
        <Amount
          field="display.dark_milliseconds"
          label={t("conditions.dark")}
          value={display?.darkMilliseconds}
          low={0}
          high={10_000}
          help={t("conditions.darkHelp")}
          set={({ display }, value) => {
            if (value === undefined) delete display.darkMilliseconds;
            else display.darkMilliseconds = value;
          }}
        />
        <Amount field="display.longest_seconds" label={t("conditions.longest")} value={display?.longestSeconds || undefined} low={1} high={3600} help={t("conditions.longestHelp")} set={({ display }, value) => void (display.longestSeconds = value ?? 0)} />
      </div>
    </>
  );
}
