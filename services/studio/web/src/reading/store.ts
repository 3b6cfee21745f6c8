// The one place that knows where a reader is: what the services say comes next, the answers that are on their way, what this browser keeps. Components read
// signals and call the functions below.

import { batch, computed, effect, signal, untracked } from "@preact/signals";

import { ReadingStage, type OpenReadingResponse, type RecordAnswerResponse, type Trial } from "../protos/mammoganesis/v1/studies_pb";
import { readAddress } from "../quiz/address";
import { readerStudyService } from "../rpc/clients";
import { messageOf } from "../rpc/failures";
import { lasting, unlessRefused } from "../rpc/lasting";
import { givenOf, type Given } from "./answers";
import { language } from "../texts/texts";
import { changeUnsent, forgetReading, keepMeasured, keepTold, measuredOf, NOTHING_TOLD, toldOf, unsentOf, type Told, type Unsent } from "./remembered";
import { deviceOf, screenOf, type Device, type Measured } from "./screen";
import { stageOf } from "./stages";

export interface Feedback {
  readonly trial: Trial;
  readonly given: Given;
  readonly response: RecordAnswerResponse;
}

export const token = signal("");
export const reading = signal<OpenReadingResponse | null>(null);
export const refusal = signal(""); // why the link leads nowhere
export const trouble = signal(""); // why an answer of the services is not there yet
export const notTaken = signal(""); // why an answer was not taken, or who the reader is
export const unsent = signal<readonly Unsent[]>([]);
export const feedback = signal<Feedback | null>(null); // of the practice that was answered last
export const told = signal<Told>(NOTHING_TOLD);
export const measured = signal<Measured | null>(null);
export const device = signal<Device>({ width: 0, height: 0, phone: false });
export const consented = signal(false);
export const person = signal<{ years: number | null; specialty: string } | null>(null);
export const corrected = signal<number | null>(null); // the earlier answer on show, as a place in answeredTrials

const isUnsent = (trial: Trial) => unsent.value.some(({ request }) => request.trialId === trial.trialId);

export const next = computed<Trial | null>(() => {
  if (unsent.value.some(({ alone }) => alone)) return null;
  return reading.value?.trials.find((trial) => !isUnsent(trial)) ?? null;
});

// Earlier answers that may be corrected.
export const answered = computed(() => (reading.value?.display?.correctionsAllowed ? reading.value.answeredTrials.filter(({ trial }) => trial && !trial.practice && !isUnsent(trial)) : []));

// Of what its author wrote, as far as that is known.
export const languageOfStudy = () => reading.value?.language || undefined;

export const trial = computed<Trial | null>(() => (corrected.value === null ? null : answered.value[corrected.value]?.trial) ?? next.value);

export const done = computed(() => (reading.value?.answered ?? 0) + unsent.value.filter(({ request }) => reading.value?.trials.some(({ trialId }) => trialId === request.trialId)).length);

export const stage = computed(() =>
  stageOf({
    token: token.value,
    refusal: refusal.value,
    reading: reading.value,
    device: device.value,
    measured: measured.value,
    consented: consented.value,
    person: person.value !== null,
    feedback: feedback.value !== null,
    trial: trial.value,
    unsent: unsent.value.length,
    told: new Set(told.value.trials),
    practising: told.value.practising,
  }),
);

// Nothing is to be kept from here on.
export const over = computed(() => stage.value === "finished" || stage.value === "closed");

const tellTrouble = (text: string) => void (trouble.value = text);
const ASKED_EVERY = 15_000; // milliseconds, while nothing is to be done but to wait for others
let askedIn = ""; // the language
let turn = 0; // answers of the services that are older than what is known are not taken

// Opens the reading of the address, and goes on where this browser was.
export async function open(): Promise<void> {
  token.value = readAddress(location.hash, 0).token;
  unsent.value = unsentOf(token.value);
  told.value = toldOf(token.value);
  measured.value = measuredOf(token.value);
  device.value = deviceOf(window);
  addEventListener("resize", () => (device.value = deviceOf(window)));
  if (!token.value) return;
  effect(() => {
    if (over.value) forgetReading(token.value, stage.value === "closed");
  });
  await refresh();
  effect(() => {
    void language.value; // what is agreed to, and what is said before a task, may be there in it
    untracked(() => (reading.value?.stage === ReadingStage.CONSENT || stage.value === "told") && askedIn !== language.value && void refresh());
  });
  void flush();
  setInterval(() => {
    const waits = ["waiting", "finished"].includes(stage.value) || (stage.value === "sending" && unsent.value.length === 0);
    if (waits && document.visibilityState === "visible") void refresh();
  }, ASKED_EVERY);
}

export async function refresh(): Promise<void> {
  const mine = ++turn;
  askedIn = language.peek();
  try {
    const response = await lasting(() => readerStudyService.openReading({ token: token.value, language: askedIn }), tellTrouble);
    if (mine === turn) reading.value = response;
  } catch (error) {
    if (mine === turn) refusal.value = messageOf(error);
  }
}

// Says who the reader is, once what the screen is like is known.
export async function begin(): Promise<void> {
  const { years = null, specialty = "" } = person.value ?? {};
  const screen = screenOf(device.value, devicePixelRatio, measured.value);
  const mine = ++turn;
  try {
    const response = await lasting(
      () => readerStudyService.beginReading({ token: token.value, consent: consented.value, specialty, screen, language: language.peek(), ...(years === null ? {} : { years }) }),
      tellTrouble,
    );
    notTaken.value = "";
    if (mine === turn && response.reading) reading.value = response.reading;
  } catch (error) {
    notTaken.value = messageOf(error);
    person.value = null;
  }
}

export function measure(what: Measured): void {
  measured.value = what;
  keepMeasured(token.value, what);
  if (reading.value?.stage === ReadingStage.CONSENT) void begin();
}

// What is said before the trial at hand has been read.
export function goOn(): void {
  if (!trial.value) return;
  const { trialId, introduction, introductionLanguage, cues, instructions, instructionsLanguage, practice } = trial.value;
  const before = told.value;
  const phase = introduction !== "" || cues.length > 0 ? { introduction, introductionLanguage, cues } : {};
  const trials = before.trials.includes(trialId) ? before.trials : [...before.trials, trialId];
  told.value = { ...before, ...phase, trials, practising: practice, ...(instructions ? { instructions, instructionsLanguage } : {}) };
  keepTold(token.value, told.value);
}

export function seenFeedback(): void {
  feedback.value = null;
}

// An answer is kept here until it is there.
export function push(answer: Unsent, of: Trial): void {
  if (of.practice !== told.value.practising) {
    told.value = { ...told.value, practising: of.practice };
    keepTold(token.value, told.value);
  }
  unsent.value = changeUnsent(token.value, unsent.value, (before) => [...before, answer]);
  corrected.value = null;
  notTaken.value = "";
  void flush();
}

const LONGEST_CALL = 20_000; // milliseconds

let flushing = false;

// Sends what is kept, one after the other.
async function flush(): Promise<void> {
  if (flushing) return;
  flushing = true;
  for (let [first] = unsent.value; first; [first] = unsent.value) {
    const { request } = first;
    try {
      take(first, await lasting(() => readerStudyService.recordAnswer({ ...request, token: token.value, language: language.peek() }, { timeoutMs: LONGEST_CALL }), tellTrouble, unlessRefused));
    } catch (error) {
      await refresh(); // answered elsewhere, closed, or revoked
      if (refusal.value) break; // nothing is taken by this link: what is kept stays
      batch(() => {
        notTaken.value = messageOf(error);
        drop(first);
      });
    }
  }
  flushing = false;
}

function drop({ request }: Unsent): void {
  unsent.value = changeUnsent(token.value, unsent.value, (before) => before.filter((one) => one.request.answerId !== request.answerId));
}

function take(sent: Unsent, response: RecordAnswerResponse): void {
  turn += 1;
  const of = reading.value?.trials.find(({ trialId }) => trialId === sent.request.trialId);
  batch(() => {
    if (of?.practice) feedback.value = { trial: of, given: givenOf(sent.request.answer), response };
    if (response.reading) reading.value = response.reading;
    drop(sent);
  });
}
