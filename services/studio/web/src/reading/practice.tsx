// What is said of an answer in practice.

import { useEffect, useRef } from "preact/hooks";

import { Button } from "../parts/buttons";
import { t } from "../texts/texts";
import { seenFeedback, type Feedback } from "./store";

export function Practice({ feedback: { trial, response } }: { feedback: Feedback }) {
  const { right, generated } = response;
  const said = useRef<HTMLDivElement>(null);
  useEffect(() => said.current?.focus(), [trial.trialId]);
  const names = generated.flatMap((is, at) => (is ? t("teaching.image", { number: at + 1 }) : []));
  const truth = generated.length === 1 ? t(generated[0] ? "practice.isGenerated" : "practice.isReal") : names.length > 0 ? t("practice.which", { images: names.join(", ") }) : "";
  return (
    <>
      <div role="status" class="said" tabIndex={-1} ref={said}>
        {right === undefined ? null : <p class={`verdict ${right ? "right" : "wrong"}`}>{t(right ? "verdict.right" : "verdict.wrong")}</p>}
        <p>{truth}</p>
      </div>
      <div class="row">
        <Button look="primary" onClick={seenFeedback} keys="Enter">
          {t("trial.next")}
        </Button>
      </div>
    </>
  );
}
