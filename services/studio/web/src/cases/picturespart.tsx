// The pictures of the case being made. In the tab of findings, what is drawn on them becomes a finding.

import { signal } from "@preact/signals";

import type { Case } from "../protos/mammoganesis/v1/cases_pb";
import { Hanging, viewFor } from "../teaching/hanging";
import { findingOverlays, markOf } from "../teaching/marks";
import { caseShown } from "../teaching/pictures";
import { t } from "../texts/texts";
import { OVERLAY_COLOURS, fromAddress, toAddress } from "../viewer/state";
import type { ViewState } from "../viewer/types";
import type { Tab } from "./address";
import { MAX_FINDINGS, MAX_MARKS, withMark } from "./model";
import { arrive, caseDraft, place } from "./store";

export const chosenFinding = signal<string | null>(null); // what is drawn next belongs to it; null: to a new one
const held = signal<ViewState["tool"] | null>(null); // the tool in the hand is nobody else's: it stands in no address

export function Pictures({ one, viewer, tab }: { one: Case; viewer: string; tab: Tab }) {
  const first = viewFor(one.images);
  const stated = viewer ? fromAddress(new URLSearchParams(viewer)) : first;
  const view: ViewState = { ...stated, tool: held.value ?? stated.tool };
  const images = one.images.map(({ imageId }) => imageId);
  const onView = (state: ViewState) => {
    held.value = state.tool;
    if (place.value.at === "case") arrive({ ...place.value, viewer: toAddress(state).toString() || "layout=single" });
  };
  const draws = tab === "findings";
  const marks = one.findings.find(({ findingId }) => findingId === chosenFinding.value)?.marks.length ?? 0;
  const full = chosenFinding.value ? marks >= MAX_MARKS : one.findings.length >= MAX_FINDINGS;
  return (
    <section class="pictures" aria-label={t("editor.pictures")}>
      <Hanging
        name={one.title || t("editor.pictures")}
        shown={one.images.map(caseShown)}
        view={view}
        onView={onView}
        overlays={findingOverlays(one.findings, images, ({ findingId }, at) => ({
          colour: OVERLAY_COLOURS[at % OVERLAY_COLOURS.length] ?? OVERLAY_COLOURS[0],
          chosen: findingId === chosenFinding.value,
        }))}
        drawing={
          draws && !full
            ? {
                marks: ["ellipse", "point", "freehand"],
                onMark: (slot, mark) => {
                  const { value: current } = caseDraft.current;
                  const imageId = images[slot];
                  if (!current || imageId === undefined) return;
                  const name = t("findings.newName", { number: current.findings.length + 1 });
                  caseDraft.change(withMark(current, markOf(imageId, mark), name, chosenFinding.value));
                  chosenFinding.value = null;
                },
              }
            : undefined
        }
      />
    </section>
  );
}
