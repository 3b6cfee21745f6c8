// How it is judged, decided before the first answer, and what readers are told in the end.

import { StudyPositive, type StudyDesign } from "../protos/mammoganesis/v1/study_design_pb";
import { Button } from "../parts/buttons";
import { t } from "../texts/texts";
import { FIRST_ASKED } from "./address";
import { Amount, OneOf, Words, Yes } from "./fields";
import { go } from "./store";

export function JudgingSection({ design: { analysis, debrief, pool, readers } }: { design: StudyDesign }) {
  const toSize = () => {
    const half = Math.round((pool?.drawn || 100) / 2);
    go({ at: "size", asked: { ...FIRST_ASKED, question: "equivalence", auc: 0.5, margin: analysis?.margin || 0.1, confidence: analysis?.confidence || 0.95, readers: readers?.planned || 4, reals: half } });
  };
  return (
    <>
      <div class="three">
        <OneOf
          field="analysis.positive"
          label={t("judging.positive")}
          value={analysis?.positive === StudyPositive.REAL ? "real" : "generated"}
          options={(["generated", "real"] as const).map((value) => ({ value, text: t(`judging.positive.${value}`) }))}
          help={t("judging.positiveHelp")}
          set={({ analysis }, value) => void (analysis.positive = value === "real" ? StudyPositive.REAL : StudyPositive.GENERATED)}
        />
        <Amount field="analysis.margin" label={t("judging.margin")} value={analysis?.margin || undefined} low={0.01} high={0.49} whole={false} help={t("judging.marginHelp")} set={({ analysis }, value) => void (analysis.margin = value ?? 0)} />
        <Amount field="analysis.confidence" label={t("judging.confidence")} value={analysis?.confidence || undefined} low={0.5} high={0.999} whole={false} set={({ analysis }, value) => void (analysis.confidence = value ?? 0)} />
      </div>
      <OneOf
        field="analysis.fixed_readers"
        label={t("judging.readers")}
        value={analysis?.fixedReaders ? "fixed" : "random"}
        options={(["random", "fixed"] as const).map((value) => ({ value, text: t(`judging.readers.${value}`) }))}
        help={t("judging.readersHelp")}
        set={({ analysis }, value) => void (analysis.fixedReaders = value === "fixed")}
      />
      <Words field="analysis.size_reason" label={t("judging.sizeReason")} value={analysis?.sizeReason ?? ""} max={5000} rows={2} note={t("judging.sizeReasonNote")} set={({ analysis }, text) => void (analysis.sizeReason = text)} />
      <div class="row">
        <Button onClick={toSize}>{t("judging.toSize")}</Button>
      </div>
      <h3>{t("judging.debrief")}</h3>
      <Yes field="debrief.hidden" value={!(debrief?.hidden ?? false)} set={({ debrief }, value) => void (debrief.hidden = !value)}>
        {t("judging.told")}
      </Yes>
      <Yes field="debrief.peers" value={debrief?.peers ?? false} set={({ debrief }, value) => void (debrief.peers = value)}>
        {t("judging.peers")}
      </Yes>
    </>
  );
}
