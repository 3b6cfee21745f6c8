// What is before the reader's eyes: the trial on show, dark between trials, how it is looked at, and the answer that is being given.

import { batch, computed, effect, signal, untracked } from "@preact/signals";

import { ReadingEventKind as Kind, type Trial } from "../protos/mammoganesis/v1/studies_pb";
import { FIRST_STATE } from "../viewer/state";
import { isOneByOne, noteChoice } from "../viewer/onebyone";
import type { ViewState } from "../viewer/types";
import { answerOf, givenOf, keyed, NOTHING, type Given } from "./answers";
import { begun, drawnId, given as withGiven, happened, inSight, movesOf, outOfSight, requestOf, steady, type Draft } from "./draft";
import { larderOf } from "./pictures";
import { draftOf, keepDraft } from "./remembered";
import { pictureWidth } from "./screen";
import { isAlone } from "./stages";
import { answered, corrected, device, feedback, measured, next, over, push, reading, stage, token, trial } from "./store";

export const draft = signal<Draft | null>(null);
export const view = signal<ViewState>(FIRST_STATE);
const drawn = signal<ReadonlyMap<number, string>>(new Map()); // the picture that the screen shows, by slot
let up = ""; // the key of the trial that has come up
const due = signal(false); // it has been dark for long enough
const hidden = signal(false); // the page
export const missing = signal(""); // why a picture cannot be shown

// The trial whose pictures hang: also while its answer is on its way, or feedback is said.
export const hung = signal<Trial | null>(null);
const keyOf = (one: Trial | null) => (one ? `${one.trialId} ${corrected.value === null ? "" : "corrected"}` : "");

const isDrawn = computed(() => {
  const { layout, shown } = view.value;
  return (hung.value?.pictures ?? []).every(({ pictureId }, slot) => (layout === "single" && slot !== shown) || drawn.value.get(slot) === pictureId);
});
export const dark = computed(() => stage.value === "sending" || (stage.value === "trial" && !(due.value && isDrawn.value && keyOf(hung.value) === keyOf(trial.value))));
const seen = computed(() => stage.value === "trial" && !dark.value && !hidden.value);
const seenKey = computed(() => (seen.value ? keyOf(hung.value) : "")); // a question without pictures follows without dark

export const rules = computed(() => {
  const { display } = reading.value ?? {};
  return { window: !display?.windowFixed, zoom: !display?.zoomFixed, width: pictureWidth(display, measured.value) };
});

export const given = computed<Given>(() => draft.value?.given ?? (corrected.value === null ? NOTHING : givenOf(answered.value[corrected.value]?.answer)));
export const answer = computed(() => (hung.value ? answerOf(hung.value.asked, given.value) : null));

function firstView({ asked, pictures }: Trial, tool: ViewState["tool"]): ViewState {
  const held = { oddOneOut: "pick", forcedChoice: "pick", location: "point" } as const;
  const looking = rules.value.window ? "window" : "pan";
  const own = asked.case && asked.case in held ? held[asked.case as keyof typeof held] : null;
  const isOne = pictures.length < 2 || (pictures.length === 2 && rules.value.zoom && isOneByOne());
  return { ...FIRST_STATE, layout: isOne ? "single" : "grid", tool: own ?? (["pan", "zoom", "window"].includes(tool) ? tool : looking) };
}

// Begins to watch; called once.
export function watch(): void {
  let dimming: ReturnType<typeof setTimeout> | undefined;
  const look = () => (hidden.value = document.visibilityState === "hidden");
  look();
  document.addEventListener("visibilitychange", look);

  // A trial comes up: it is dark for a while.
  effect(() => {
    const [now, key] = [stage.value === "trial" ? trial.value : null, keyOf(trial.value)];
    if (!now || key === up) return;
    up = key;
    untracked(() => {
      const before = draftOf(token.value);
      batch(() => {
        hung.value = now;
        draft.value = corrected.value === null && before?.trialId === now.trialId ? before : null;
        view.value = firstView(now, view.value.tool);
        due.value = now.pictures.length === 0;
      });
      clearTimeout(dimming);
      dimming = setTimeout(() => (due.value = true), reading.value?.display?.darkMilliseconds ?? 0);
    });
  });

  // Its pictures come into sight, and go out of it.
  effect(() => {
    const isSeen = seenKey.value !== "";
    untracked(() => {
      const { value: before } = draft;
      if (isSeen && !before && hung.value) {
        draft.value = begun(hung.value.trialId, drawnId(), steady(), given.value);
        if (hung.value.pictures.length > 1) log(movesOf({ ...view.value, layout: "grid" }, view.value)); // that it opens with one of them
      }
      else if (before) draft.value = isSeen ? inSight(before, steady()) : outOfSight(before, steady());
    });
  });

  effect(() => {
    const { width, height } = device.value;
    untracked(() => log([{ kind: Kind.RESIZED, values: [width, height] }]));
  });

  effect(() => {
    const at = corrected.value ?? answered.value.length;
    const beside = answered.value.slice(Math.max(0, at - 1), at + 2).map((one) => one.trial); // of earlier answers, those one step away
    const trials = [trial.value, next.value, ...(reading.value?.trials ?? []), ...beside];
    const ids = trials.flatMap((one) => one?.pictures.map(({ pictureId }) => pictureId) ?? []);
    if (token.value) larderOf(token.value).want([...(feedback.value?.trial.pictures.map(({ pictureId }) => pictureId) ?? []), ...ids]);
  });

  keepDrafts();
}

const KEPT_EVERY = 1000; // milliseconds

function keepDrafts(): void {
  const write = () => {
    if (corrected.peek() === null && token.peek() && !over.peek()) keepDraft(token.peek(), draft.peek(), steady());
  };
  effect(() => {
    void draft.value?.given;
    void draft.value?.since;
    if (draft.value) write();
  });
  setInterval(() => draft.value?.since != null && write(), KEPT_EVERY);
  addEventListener("pagehide", () => {
    if (draft.value) draft.value = outOfSight(draft.value, steady());
    write();
  });
}

function log(what: Parameters<typeof happened>[1][]): void {
  if (draft.value?.since == null) return;
  draft.value = what.reduce((now, one) => happened(now, one, steady()), draft.value);
}

export function look(after: ViewState): void {
  log(movesOf(view.value, after));
  noteChoice(view.value, after);
  view.value = after;
}

export function onDrawn(slot: number, key: string): void {
  drawn.value = new Map(drawn.value).set(slot, key);
}

export function nothingDrawn(): void {
  drawn.value = new Map();
}

export function give(what: Given): void {
  if (draft.value && seen.value) draft.value = withGiven(draft.value, what, steady());
}

// Whether the key gave an answer.
export function press(key: string): boolean {
  const after = hung.value && seen.value ? keyed(hung.value.asked, given.value, key) : null;
  if (after) give(after);
  return after !== null;
}

export function send(): void {
  if (!hung.value || !draft.value || !answer.value || !seen.value) return;
  const now = steady();
  const { trialId } = hung.value;
  const alone = corrected.value === null && isAlone(hung.value);
  const request = requestOf(happened(draft.value, { kind: Kind.ANSWERED }, now), answer.value, now);
  up = "";
  batch(() => {
    draft.value = null;
    push({ request, alone }, hung.value!);
  });
  if (draftOf(token.value)?.trialId === trialId) keepDraft(token.value, null, now);
}

// To an earlier answer, or with null back to what is next. What is being given to the one at hand is kept.
export function correct(place: number | null): void {
  batch(() => {
    if (draft.value) {
      draft.value = outOfSight(draft.value, steady());
      if (corrected.value === null) keepDraft(token.value, draft.value, steady());
    }
    up = "";
    draft.value = null;
    corrected.value = place;
  });
}
