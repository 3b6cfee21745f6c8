// Which image hangs where, which way round, and what stands at its edges.

import { type Hanging, UPRIGHT } from "./geometry";
import type { Layout, Picture, Side, View } from "./types";

type Named = { readonly side?: Side | undefined; readonly view?: View | undefined };

export interface Hung {
  // The image, from 0; null for a place that stays empty.
  readonly slot: number | null;
  readonly hanging: Omit<Hanging, "mirrored">;
}

const MIDDLE: Hung["hanging"] = { anchor: UPRIGHT.anchor, reversed: false };
// The patient faces the reader: her right breast hangs on the left, both walls in the middle.
const RIGHT_BREAST: Hung["hanging"] = { anchor: "right", reversed: true };
const LEFT_BREAST: Hung["hanging"] = { anchor: "left", reversed: false };
const PLACES: readonly (Required<Named> & { hanging: Hung["hanging"] })[] = [
  { side: "R", view: "CC", hanging: RIGHT_BREAST },
  { side: "L", view: "CC", hanging: LEFT_BREAST },
  { side: "R", view: "MLO", hanging: RIGHT_BREAST },
  { side: "L", view: "MLO", hanging: LEFT_BREAST },
];

// The images in the order of reading, two in a row. What says neither side nor view takes the first places that are left.
export function hung(layout: Layout, images: readonly Named[], shown: number): Hung[] {
  if (layout === "single") return [{ slot: Math.min(shown, images.length - 1), hanging: MIDDLE }];
  if (layout === "pair" || layout === "grid") return images.slice(0, layout === "pair" ? 2 : undefined).map((_, slot) => ({ slot, hanging: MIDDLE }));
  const places = layout === "hanging2" ? PLACES.slice(0, 2) : PLACES;
  const taken: (number | null)[] = places.map(() => null);
  const take = (fits: (place: Required<Named>, image: Named) => boolean) => {
    images.slice(0, places.length).forEach((image, slot) => {
      if (taken.includes(slot)) return;
      const place = places.findIndex((candidate, index) => taken[index] === null && fits(candidate, image));
      if (place >= 0) taken[place] = slot;
    });
  };
  if (layout === "hanging4") take((place, image) => place.side === image.side && place.view === image.view);
  take((place, image) => place.side === image.side && (image.view === undefined || layout === "hanging2"));
  take((place, image) => image.side === undefined && place.view === image.view);
  take(() => true);
  return places.map(({ hanging }, index) => ({ slot: taken[index]!, hanging }));
}

// Columns of the layout "grid", on a screen that is wider than high.
export function columnsOf(images: number): number {
  if (images <= 3) return images;
  if (images === 4) return 2;
  return images <= 6 ? 3 : 4;
}

// The edge of a picture at which the breast is attached: the brighter of its outer eighths.
export function wallOf({ pixels, width, height }: Picture): "left" | "right" {
  const eighth = Math.max(1, Math.floor(width / 8));
  let balance = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < eighth; column++) {
      balance += pixels[row * width + column]! - pixels[row * width + width - 1 - column]!;
    }
  }
  return balance >= 0 ? "left" : "right";
}

// Whether a picture must be turned round to hang with its wall at the anchor.
export function mirrored(picture: Picture, { anchor }: Hung["hanging"]): boolean {
  return anchor !== "middle" && wallOf(picture) !== anchor;
}

export interface Letters {
  readonly left: string;
  readonly right: string;
  readonly top: string;
  readonly bottom: string;
}

// What lies towards each edge as the picture is drawn (DICOM, Patient Orientation: anterior, posterior, left, right, head, foot).
// Null while side or view is not said.
export function lettersOf({ side, view }: Named, wall: "left" | "right"): Letters | null {
  if (!side || !view) return null;
  const inwards = side === "L" ? "R" : "L";
  const [top, bottom] = view === "CC" ? [side, inwards] : [`H${side}`, `F${inwards}`];
  return { left: wall === "left" ? "P" : "A", right: wall === "left" ? "A" : "P", top, bottom };
}
