// What a reader is told before a phase and a task, and can read again at any time.

import { Button } from "../parts/buttons";
import { pointed } from "../parts/pointer";
import type { Trial } from "../protos/mammoganesis/v1/studies_pb";
import { number, t } from "../texts/texts";
import { goOn, languageOfStudy, told, trial } from "./store";
import { rules } from "./sight";

interface WordsProps {
  words: Pick<Trial, "introduction" | "introductionLanguage" | "instructions" | "instructionsLanguage"> & { readonly cues: readonly string[] };
  of: Trial;
}

export function Words({ words: { introduction, introductionLanguage, cues, instructions, instructionsLanguage }, of }: WordsProps) {
  const language = languageOfStudy();
  return (
    <>
      {introduction ? (
        <p class="prose" lang={introductionLanguage || language}>
          {introduction}
        </p>
      ) : null}
      {cues.length > 0 ? (
        <section class="cues">
          <h2>{t("told.cues")}</h2>
          <ul>
            {cues.map((cue) => (
              <li key={cue} lang={language}>
                {cue}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {instructions ? (
        <section>
          {introduction || cues.length > 0 ? <h2>{t("told.instructions")}</h2> : null}
          <p class="prose" lang={instructionsLanguage || language}>
            {instructions}
          </p>
        </section>
      ) : null}
      {of.pictures.length > 0 ? (
        <section>
          <h2>{t("told.how")}</h2>
          <p>{[howOf(of), rules.value.window ? pointed("how.window") : "", rules.value.zoom ? pointed("how.zoom") : ""].filter(Boolean).join(" ")}</p>
        </section>
      ) : null}
    </>
  );
}

// How a question is answered, by keys or by fingers.
export function howOf({ asked }: Trial): string {
  switch (asked.case) {
    case "rating":
      return pointed(asked.value.binaryAsked ? "how.binary" : "how.rating");
    case "oddOneOut":
    case "forcedChoice":
      return pointed("how.choice");
    case "location":
      return pointed("how.location", { count: number(asked.value.places) });
    case "quality":
      return pointed("how.quality", { count: number(asked.value.anchors.length) });
    case "reading":
      return pointed("how.reading");
    default:
      return "";
  }
}

export function Told() {
  const { value: of } = trial;
  if (!of) return null;
  return (
    <section class="beginning">
      <h1 tabIndex={-1}>{t(of.introduction || of.cues.length > 0 ? "told.introduction" : "told.instructions")}</h1>
      {told.value.practising && !of.practice ? <p>{t("told.practised")}</p> : null}
      <Words words={of} of={of} />
      {of.practice ? <p>{t("told.practice")}</p> : null}
      <div class="row">
        <Button look="primary" onClick={goOn}>
          {t("told.start")}
        </Button>
      </div>
    </section>
  );
}

export function Practised() {
  return (
    <section class="beginning">
      <h1 tabIndex={-1}>{t("told.practised")}</h1>
      <p>{t("told.practisedWhy")}</p>
      <div class="row">
        <Button look="primary" onClick={goOn}>
          {t("told.start")}
        </Button>
      </div>
    </section>
  );
}
