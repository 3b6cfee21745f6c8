// A trial: its images, and beside them what is asked. Between trials it is dark.

import { computed } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Trial } from "../protos/mammoganesis/v1/studies_pb";
import { Button } from "../parts/buttons";
import { Dialog } from "../parts/dialog";
import { ErrorLine } from "../parts/messages";
import { useSlots } from "../teaching/pictures";
import { number, t } from "../texts/texts";
import { Viewer } from "../viewer/Viewer";
import { withPlace } from "./answers";
import { Corrections } from "./corrections";
import { Dark } from "./dark";
import { overlaysOf } from "./overlays";
import { readingShown } from "./pictures";
import { Practice } from "./practice";
import { Question } from "./question";
import { answer, dark, give, given, hung, look, missing, nothingDrawn, onDrawn, press, rules, send, view } from "./sight";
import { answered, corrected, feedback, notTaken, seenFeedback, told, token } from "./store";
import { Words } from "./told";

export function titleOf({ asked, number: place, of }: Trial): string {
  if (asked.case === "suspicion") return t("trial.question");
  if (asked.case === "oddOneOut") return t("trial.round", { number: number(place) }); // how many there will be depends on the answers
  return t(asked.case === "forcedChoice" ? "trial.pair" : "trial.image", { number: number(place), count: number(of) });
}

export function TrialPage() {
  const { value: trial } = hung;
  const whole = useRef<HTMLDivElement>(null);
  const id = trial?.trialId;
  useEffect(() => {
    if (!dark.value) focusOn(whole.current);
  }, [dark.value, id]);
  useEffect(() => {
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <>
      <div class="reading" ref={whole} inert={dark.value}>
        {trial ? (
          <>
            {trial.pictures.length > 0 ? <Pictures trial={trial} /> : null}
            <Panel trial={trial} />
          </>
        ) : null}
      </div>
      <Dark />
    </>
  );
}

const focusOn = (whole: HTMLElement | null) => whole?.querySelector<HTMLElement>(".viewer-stage, h1")?.focus({ preventScroll: true });

// Keys that nothing else on the page has taken.
function onKeyDown(event: KeyboardEvent): void {
  const target = event.target instanceof Element ? event.target : document.body;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat || dark.value) return;
  if (target.closest("dialog, select, textarea")) return;
  if (event.key !== "Enter") {
    if (press(event.key)) event.preventDefault();
    return;
  }
  if (target.closest("button, a, summary")) return;
  event.preventDefault();
  if (feedback.value) seenFeedback();
  else send();
}

function Pictures({ trial }: { trial: Trial }) {
  const slots = useSlots(trial.pictures.map((picture, place) => readingShown(token.value, picture, place)));
  const { asked } = trial;
  useEffect(() => nothingDrawn, []);
  const marks = asked.case === "location" ? { marks: ["point"] as const, onMark: markFor(asked.value.places) } : {};
  const picks = asked.case === "oddOneOut" || asked.case === "forcedChoice" ? { onPick: (slot: number) => give({ ...given.value, chosen: slot }) } : {};
  const failed = slots.find((slot) => slot.state === "failed")?.reason ?? "";
  useEffect(() => void (missing.value = failed), [failed]);
  return (
    <section class="pictures" aria-label={t("trial.pictures")}>
      <Viewer
        key={asked.case === "location" ? trial.trialId : ""} // a cross that the keyboard has set does not stay for the next image
        name={titleOf(trial)}
        slots={slots}
        state={view.value}
        onState={look}
        overlays={overlaysOf(feedback.value?.given ?? given.value, feedback.value?.response.generated ?? [])}
        drawing={feedback.value ? {} : { ...marks, ...picks }}
        rules={rules.value}
        onDrawn={onDrawn}
      />
    </section>
  );
}

const markFor = (most: number) => (_slot: number, mark: { kind: string; at?: readonly [number, number] }) => {
  if (mark.kind === "point" && mark.at) give(withPlace(given.value, mark.at, most));
};

const spoken = computed(() => (hung.value ? titleOf(hung.value) : ""));

function Panel({ trial }: { trial: Trial }) {
  const said = feedback.value;
  const correcting = corrected.value !== null;
  return (
    <section class="asked">
      <div class="row spread">
        <h1 tabIndex={-1}>
          <span role="status">{spoken.value}</span>
          {trial.practice ? <span class="tag">{t("trial.practice")}</span> : null}
        </h1>
        <Again trial={trial} />
      </div>
      {correcting ? <p class="note">{t("correct.title")}</p> : null}
      {said ? (
        <Practice feedback={said} />
      ) : (
        <>
          <Question trial={trial} given={given.value} onGive={give} />
          <ErrorLine text={notTaken.value ? t("trial.notTaken", { message: notTaken.value }) : ""} />
          <div class="row">
            <Button look="primary" onClick={send} disabled={answer.value === null} keys="Enter">
              {t(correcting ? "correct.change" : "trial.answer")}
            </Button>
          </div>
        </>
      )}
      {answered.value.length > 0 && !said ? <Corrections /> : null}
    </section>
  );
}

// What was said before the task, to be read again.
function Again({ trial }: { trial: Trial }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)}>
        {t("told.again")}
      </Button>
      <Dialog title={t("told.again")} open={open} onClose={() => setOpen(false)}>
        <div class="again">
          <Words words={told.value} of={trial} />
        </div>
      </Dialog>
    </>
  );
}
