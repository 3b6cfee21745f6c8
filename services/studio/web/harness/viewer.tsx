// The viewer on a page of its own, for development and tests: what it shows stands in the address as JSON, what it says in `harness`.

import "../src/parts/room.css";

import { signal } from "@preact/signals";
import { render } from "preact";

import { speak } from "../src/texts/texts";
import { decodePicture } from "../src/viewer/picture";
import { FIRST_STATE } from "../src/viewer/state";
import type { Renderer } from "../src/viewer/surface";
import type { Mark, Mask, Overlay, Place, Slot, ViewerImage, ViewState } from "../src/viewer/types";
import { Viewer } from "../src/viewer/Viewer";

// A slot as the address says it: an image of a file beside this page, or what there is instead.
type Said = ({ file: string; state?: "there" | "previous" } & Partial<Omit<ViewerImage, "pixels">>) | Exclude<Slot, { image: ViewerImage }>;

interface Asked {
  slots: Said[];
  state?: Partial<ViewState>;
  overlays?: Overlay[];
  draw?: boolean;
  renderer?: Renderer;
  language?: "en" | "fr";
}

const asked: Asked = JSON.parse(decodeURIComponent(location.hash.slice(1)));

async function slotOf(said: Said): Promise<Slot> {
  if (!("file" in said)) return said;
  const { file, state = "there", ...rest } = said;
  const picture = decodePicture(new Uint8Array(await (await fetch(file)).arrayBuffer()));
  return { state, image: { key: file, title: file, quality: "full", ...picture, ...rest } };
}

const slots = signal<readonly Slot[]>([]);
const state = signal<ViewState>({ ...FIRST_STATE, ...asked.state });
const painted = signal<Mask | null>(null);
const marks: { slot: number; mark: Mark }[] = [];
const picks: { slot: number; place: Place }[] = [];

const harness = {
  state,
  marks,
  picks,
  painted: () => painted.value && { ...painted.value, values: [...painted.value.values] },
  show: async (said: Said[]) => {
    slots.value = await Promise.all(said.map(slotOf));
  },
};
declare global {
  interface Window {
    harness: typeof harness;
  }
}
window.harness = harness;

const drawing = {
  onPick: (slot: number, place: Place) => picks.push({ slot, place }),
  onMark: (slot: number, mark: Mark) => marks.push({ slot, mark }),
  onPaint: (mask: Mask) => {
    painted.value = mask;
  },
};

function Harness() {
  return (
    <>
    <h1 class="spoken">The viewer alone</h1>
    <Viewer
      name="Images"
      slots={slots.value}
      state={state.value}
      onState={(next) => {
        state.value = next;
      }}
      overlays={asked.overlays}
      drawing={asked.draw ? { ...drawing, painted: painted.value } : undefined}
    />
    </>
  );
}

speak(asked.language ?? "en", false);
if (asked.renderer) (await import("../src/viewer/surface")).settleRenderer(asked.renderer);
await harness.show(asked.slots);
render(<Harness />, document.getElementById("page")!);
