// Before anything is read: consent, who the reader is, how large things are on their screen.

import { useState } from "preact/hooks";

import { Button } from "../parts/buttons";
import { Check, Choice, NumberField } from "../parts/fields";
import { ErrorLine } from "../parts/messages";
import { pointed } from "../parts/pointer";
import { Slider } from "../parts/slider";
import { number, t } from "../texts/texts";
import { CARD, CARD_PIXELS, DISTANCE, isCardAsked, isMeasured, pixelsOfAMillimetre } from "./screen";
import { begin, consented, languageOfStudy, measure, measured, notTaken, person, reading } from "./store";

const display = () => reading.value?.display;

// Steps before the first image; the last is only there where the screen is measured.
function Step({ at }: { at: number }) {
  const measures = isCardAsked(display()) || display()?.distanceAsked;
  return <p class="note">{t("reading.step", { number: at, count: measures ? 3 : 2 })}</p>;
}

export function Consent() {
  const [agreed, setAgreed] = useState(false);
  return (
    <section class="beginning">
      <Step at={1} />
      <h1 tabIndex={-1}>{t("consent.title")}</h1>
      <p class="prose" lang={reading.value?.consentLanguage || undefined}>
        {reading.value?.consent}
      </p>
      <Check checked={agreed} onChange={setAgreed}>
        {t("consent.agree")}
      </Check>
      <div class="row">
        <Button look="primary" disabled={!agreed} onClick={() => (consented.value = true)}>
          {t("reading.goOn")}
        </Button>
      </div>
    </section>
  );
}

const fits = (value: number | null, least: number, most: number) => value !== null && value >= least && value <= most;

export function Person() {
  const [years, setYears] = useState<number | null>(null);
  const [specialty, setSpecialty] = useState("");
  const bad = years !== null && !fits(years, 0, 80);
  const sending = person.value !== null;
  const say = () => {
    person.value = { years, specialty };
    if (isMeasured(display(), measured.value)) void begin();
  };
  const specialties = (reading.value?.specialties ?? []).map((text) => ({ value: text, text, lang: languageOfStudy() }));
  return (
    <section class="beginning">
      <Step at={2} />
      <h1 tabIndex={-1}>{t("person.title")}</h1>
      <p>{t("person.pseudonym", { pseudonym: reading.value?.pseudonym ?? "" })}</p>
      <div class="fields">
        <NumberField label={t("person.years")} value={years} onChange={setYears} />
        <ErrorLine text={bad ? t("person.yearsWrong") : ""} />
        <Choice label={t("person.specialty")} value={specialty} options={[{ value: "", text: t("person.notSaid") }, ...specialties]} onChange={setSpecialty} />
      </div>
      <ErrorLine text={notTaken.value ? t("person.notTaken", { message: notTaken.value }) : ""} />
      <div class="row">
        <Button look="primary" disabled={bad || sending} onClick={say}>
          {t(isMeasured(display(), measured.value) ? "person.begin" : "reading.goOn")}
        </Button>
      </div>
    </section>
  );
}

export function Measuring() {
  const [pixels, setPixels] = useState<number>(CARD_PIXELS.first);
  const [distance, setDistance] = useState<number | null>(null);
  const card = isCardAsked(display());
  const asked = display()?.distanceAsked ?? false;
  const right = !asked || fits(distance, DISTANCE.least, DISTANCE.most);
  return (
    <section class="beginning measuring">
      <Step at={3} />
      <h1 tabIndex={-1}>{t("measuring.title")}</h1>
      {card ? (
        <>
          <p>{pointed("measuring.card")}</p>
          <Slider
            label={t("measuring.width")}
            value={pixels}
            range={CARD_PIXELS}
            step={1}
            rest={CARD_PIXELS.first}
            text={t("measuring.pixels", { pixels: number(pixels) })}
            onMove={setPixels}
            onSettle={setPixels}
          />
          <div class="card-frame">
            <div class="bank-card" role="img" aria-label={t("measuring.outline")} style={{ width: `${pixels}px`, height: `${(pixels * CARD.height) / CARD.width}px` }} />
          </div>
          <p class="note">{t("measuring.size", { width: number(display()?.imageMillimetres ?? 0) })}</p>
        </>
      ) : null}
      {asked ? (
        <div class="fields">
          <NumberField label={t("measuring.distance")} value={distance} onChange={setDistance} />
          <p class="note">{t("measuring.distanceHint")}</p>
          <ErrorLine text={distance === null || right ? "" : t("measuring.distanceWrong", DISTANCE)} />
        </div>
      ) : null}
      <div class="row">
        <Button look="primary" disabled={!right} onClick={() => measure({ pixelsOfAMillimetre: card ? pixelsOfAMillimetre(pixels) : 0, distance: asked ? (distance ?? 0) : 0 })}>
          {t("person.begin")}
        </Button>
      </div>
    </section>
  );
}
