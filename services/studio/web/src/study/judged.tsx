// The images that were recognised, and mistaken, most often.

import { number, percent, t } from "../texts/texts";
import { picked, type Judged } from "./resultdata";
import { StudyPicture } from "./studypicture";

const SHOWN = 8;
const KINDS = ["recognised", "mistaken", "accused"] as const;

export function JudgedPart({ images, studyId }: { images: Judged[]; studyId: string }) {
  const found = picked(images, SHOWN);
  return (
    <>
      <p class="note">{t("results.judgedHow")}</p>
      {KINDS.map((kind) => (
        <section key={kind} class="block" aria-labelledby={`judged-${kind}`}>
          <h3 id={`judged-${kind}`}>{t(`results.judged.${kind}`)}</h3>
          {found[kind].length === 0 ? <p class="note">{t("results.judged.none")}</p> : null}
          <ul class="reals">
            {found[kind].map((one) => (
              <li key={one.name}>
                <StudyPicture studyId={studyId} which={{ case: "picture", value: one.name }} />
                <p class="real-name">{t(`origin.${one.origin as "real" | "synthesised" | "edited"}`)}</p>
                <p class="note">{t("results.judged.called", { called: number(one.called), readings: number(one.readings), share: percent(one.called / one.readings) })}</p>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
