// The one place that knows what the page of studies shows. Components read signals and call the functions below; the address follows.

import { computed, effect, signal } from "@preact/signals";

import { GetStudyResponseSchema, StudyState, type GetStudyResponse, type Study, type StudyRemark } from "../protos/mammoganesis/v1/studies_pb";
import type { StudyDesign } from "../protos/mammoganesis/v1/study_design_pb";
import { failure, refreshed } from "../parts/acts";
import { Draft } from "../parts/draft";
import { readerStudyService } from "../rpc/clients";
import { language } from "../texts/texts";
import { addressOf, readAddress, studyAt, type Part, type Place } from "./address";
import { changed, fieldOf, filled, type Filled } from "./design";

export type Whole = GetStudyResponse & { study: Study; design: StudyDesign };

const AUTOSAVE_MILLISECONDS = 800;
const LOOK_SECONDS = 10;

const whole = (one: GetStudyResponse): Whole => {
  if (!one.study || !one.design) throw new Error("an answer without its content");
  return { ...one, study: one.study, design: filled(one.design) };
};

export const place = signal<Place>(readAddress(location.hash));

export const draft = new Draft<typeof GetStudyResponseSchema, Whole>({
  schema: GetStudyResponseSchema,
  key: "mammoganesis.draft.",
  idOf: ({ study }) => study.studyId,
  isNew: () => false,
  onto: ({ design }, saved) => ({ ...saved, design }),
  get: async (studyId) => whole(await readerStudyService.getStudy({ studyId, language: language.value })),
  create: async (one) => one,
  save: async (one) => {
    const { design, study } = one;
    const answer = await readerStudyService.saveStudy({ studyId: study.studyId, design, language: language.value });
    return { ...one, remarks: answer.remarks, study: answer.study ?? study };
  },
});

export const isDraft = computed(() => draft.current.value?.study.state === StudyState.DRAFT);
// Its pictures are drawn, and nobody may be told which of them are real.
export const isBlinded = computed(() => [StudyState.READY, StudyState.OPEN].some((state) => draft.current.value?.study.state === state));

// What should be known about a field of the design: remarks, and why it was refused.
export const remarks = computed<StudyRemark[]>(() => {
  const said = draft.current.value?.remarks ?? [];
  const field = draft.mode.value === "failed" ? fieldOf(draft.failure.value) : "";
  if (!field) return said;
  return [{ $typeName: "mammoganesis.v1.StudyRemark", field, text: draft.failure.value, blocking: true }, ...said.filter((one) => one.field !== field)];
});

export const blocked = computed(() => remarks.value.some(({ blocking }) => blocking));

// Changes the design, which is saved by itself. `burst`: changes in a row of the same name are undone together.
export function edit(burst: string, change: (copy: Filled) => void): void {
  const { value: one } = draft.current;
  if (one) draft.change({ ...one, design: changed(one.design, change) }, burst);
}

export function go(next: Place): void {
  const isOther = addressOf(next) !== addressOf(place.value);
  const isSamePlace = next.at === place.value.at && next.at === "size"; // numbers of the size are one place
  if (isOther) history[isSamePlace ? "replaceState" : "pushState"](null, "", addressOf(next));
  show(next);
}

export const showPart = (part: Part, task = "") => {
  if (place.value.at === "study") go(studyAt(place.value.studyId, part, task));
};

function show(next: Place): void {
  const { value: here } = place;
  place.value = next;
  const isShown = here.at === "study" && next.at === "study" && here.studyId === next.studyId && draft.current.value !== null;
  if (isShown) return;
  failure.value = "";
  void draft.save(); // what was changed a moment ago
  draft.close();
  if (next.at === "study") void draft.open(next.studyId);
}

export function follow(): void {
  show(place.value);
  addEventListener("popstate", () => show(readAddress(location.hash)));
  addEventListener("beforeunload", (event) => {
    if (draft.unsaved.value) event.preventDefault();
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const { current, mode } = draft;
    clearTimeout(timer);
    if (current.value && mode.value === "changed") timer = setTimeout(() => void draft.save(), AUTOSAVE_MILLISECONDS);
  });
  effect(() => {
    if (refreshed.value > 0) void look();
  });
  setInterval(() => {
    if (!document.hidden && draft.current.value?.study.state === StudyState.OPEN) void look();
  }, 1000 * LOOK_SECONDS);
}

// What readers have done meanwhile; a server that does not answer is asked again later.
const look = () => draft.look().catch(() => undefined);
