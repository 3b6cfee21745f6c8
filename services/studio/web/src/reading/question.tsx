// What is asked about the images of a trial.

import type { Trial } from "../protos/mammoganesis/v1/studies_pb";
import { Button } from "../parts/buttons";
import { TextField } from "../parts/fields";
import { biRadsCategories, densityCategories } from "../teaching/words";
import { t } from "../texts/texts";
import { categoriesAsked, POINTS, withoutPlace, type Given } from "./answers";
import { Choices } from "./choices";
import { languageOfStudy } from "./store";

interface QuestionProps {
  trial: Trial;
  given: Given;
  onGive: (given: Given) => void;
}

export function Question({ trial, given, onGive }: QuestionProps) {
  const { asked } = trial;
  switch (asked.case) {
    case "rating":
      return (
        <>
          <Confidence legend={t("ask.rating")} given={given} onGive={onGive} />
          {asked.value.binaryAsked ? (
            <Choices
              name="binary"
              legend={t("ask.binary")}
              options={[
                { value: false, text: t("binary.real"), keys: "R" },
                { value: true, text: t("binary.generated"), keys: "G" },
              ]}
              value={given.generated}
              onChange={(generated) => onGive({ ...given, generated })}
              across
              quiet
            />
          ) : null}
        </>
      );
    case "oddOneOut":
    case "forcedChoice":
      return (
        <Choices
          name="chosen"
          legend={t(`ask.${asked.case}`)}
          options={trial.pictures.map((_, at) => ({ value: at, text: t("teaching.image", { number: at + 1 }), ...(at < 10 ? { keys: String((at + 1) % 10) } : {}) }))}
          value={given.chosen}
          onChange={(chosen) => onGive({ ...given, chosen })}
        />
      );
    case "location":
      return (
        <>
          <Places given={given} onGive={onGive} />
          <Confidence legend={t("ask.sure")} given={given} onGive={onGive} quiet />
        </>
      );
    case "quality":
      return (
        <Choices
          name="quality"
          legend={t("ask.quality")}
          options={asked.value.anchors.map((text, at) => ({ value: at + 1, text, keys: String((at + 1) % 10), lang: languageOfStudy() }))}
          value={given.quality}
          onChange={(quality) => onGive({ ...given, quality })}
        />
      );
    case "reading":
      return <Categories asked={categoriesAsked(asked.value)} given={given} onGive={onGive} />;
    case "suspicion":
      return <Suspicion given={given} onGive={onGive} />;
    default:
      return null;
  }
}

type Giving = Pick<QuestionProps, "given" | "onGive">;

function Confidence({ legend, given, onGive, quiet = false }: Giving & { legend: string; quiet?: boolean }) {
  const points = Array.from({ length: POINTS }, (_, at) => at + 1);
  return (
    <Choices
      name="confidence"
      legend={legend}
      options={points.map((point) => ({ value: point, text: t(`rating.${point as 1 | 2 | 3 | 4 | 5 | 6}`), keys: String(point) }))}
      value={given.confidence}
      onChange={(confidence) => onGive({ ...given, confidence })}
      quiet={quiet}
    />
  );
}

function Places({ given, onGive }: Giving) {
  return (
    <fieldset class="question">
      <legend>{t("ask.location")}</legend>
      {given.places.length === 0 ? <p class="note">{t("places.none")}</p> : null}
      <ol class="places" aria-live="polite">
        {given.places.map((_, at) => {
          const name = t("places.one", { number: at + 1 });
          return (
            <li key={at} class="row spread">
              <span>{name}</span>
              <Button look="quiet" onClick={() => onGive(withoutPlace(given, at))} label={t("action.removeOne", { name })}>
                {t("action.remove")}
              </Button>
            </li>
          );
        })}
      </ol>
    </fieldset>
  );
}

function Categories({ asked, given, onGive }: Giving & { asked: { biRads: boolean; density: boolean } }) {
  return (
    <>
      {asked.biRads ? (
        <Choices
          name="bi-rads"
          legend={t("kind.biRads")}
          options={biRadsCategories().map(({ value, text }) => ({ value, text }))}
          value={given.biRads}
          onChange={(biRads) => onGive({ ...given, biRads })}
        />
      ) : null}
      {asked.density ? (
        <Choices
          name="density"
          legend={t("ask.density")}
          options={densityCategories().map(({ value, text }) => ({ value, text }))}
          value={given.density}
          onChange={(density) => onGive({ ...given, density })}
        />
      ) : null}
    </>
  );
}

const LONGEST_TEXT = 2000; // that the services take

function Suspicion({ given, onGive }: Giving) {
  return (
    <>
      <Choices
        name="suspicion"
        legend={t("ask.suspicion")}
        options={[
          { value: false, text: t("suspicion.no") },
          { value: true, text: t("suspicion.yes") },
        ]}
        value={given.suspected}
        onChange={(suspected) => onGive({ ...given, suspected })}
      />
      {given.suspected ? <TextField label={t("ask.suspicionWhat")} value={given.text} rows={5} maxLength={LONGEST_TEXT} onChange={(text) => onGive({ ...given, text })} /> : null}
    </>
  );
}
