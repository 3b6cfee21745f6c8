// The pictures of a case in the viewer, hung as a reading room hangs them: right and left back to back, which the viewer sees to.

import { Side } from "../protos/mammoganesis/v1/images_pb";
import { isOneByOne, noteChoice } from "../viewer/onebyone";
import type { Drawing, Layout, Overlay, ViewState } from "../viewer/types";
import { FIRST_STATE } from "../viewer/state";
import { Viewer } from "../viewer/Viewer";
import { useSlots, type Shown } from "./pictures";

const LAYOUTS: Record<number, Layout> = { 2: "hanging2", 3: "hanging4", 4: "hanging4" };

// The layout that fits the images: two of one side do not hang back to back.
export function viewFor(images: readonly { readonly side: Side }[]): ViewState {
  const [first, second] = images;
  const pair = images.length === 2 && first?.side !== Side.UNSPECIFIED && first?.side === second?.side;
  return { ...FIRST_STATE, layout: pair ? "pair" : (LAYOUTS[images.length] ?? "single") };
}

// The view that a case is opened with to be read.
export function readingViewFor(images: readonly { readonly side: Side }[]): ViewState {
  const view = viewFor(images);
  return isOneByOne() ? { ...view, layout: "single" } : view;
}

interface HangingProps {
  name: string;
  shown: Shown[];
  view: ViewState;
  onView: (view: ViewState) => void;
  overlays?: Overlay[] | undefined;
  drawing?: Drawing | undefined;
}

export function Hanging({ name, shown, view, onView, overlays, drawing }: HangingProps) {
  const slots = useSlots(shown);
  const look = (after: ViewState) => {
    noteChoice(view, after);
    onView(after);
  };
  return <Viewer name={name} slots={slots} state={view} onState={look} overlays={overlays} drawing={drawing} />;
}
