// What the pages and the viewer say to each other. Places are shares of the image, so that they hold for its preview and its full size alike.

// [x, y] of an image, 0 (left, top) to 1 (right, bottom).
export type Place = readonly [number, number];

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Side = "L" | "R";
export type View = "CC" | "MLO";

// Where "SYNTHETIC - NOT FOR DIAGNOSIS" is in the pixels.
export interface MarkPlace extends Size {
  readonly left: number;
  readonly top: number;
  // It is written for a picture that is shown mirrored.
  readonly mirrored: boolean;
}

// A greyscale picture, row by row; 0 is black, 2^bits - 1 white.
export interface Picture extends Size {
  readonly pixels: Uint8Array | Uint16Array;
  readonly bits: 8 | 16;
  readonly mark?: MarkPlace | undefined;
}

export interface ViewerImage extends Picture {
  // The same key is the same pixels: a preview and its full image have two.
  readonly key: string;
  // A preview is smaller than what it stands for, and drawn smoothly.
  readonly quality: "full" | "preview";
  // What the picture is, in a few words: its caption, and its name for who does not see it.
  readonly title: string;
  // Pixels of the full image, for a preview.
  readonly full?: Size | undefined;
  // Edge of a pixel of the full image in millimetres, where it is known.
  readonly pixelSpacing?: number | undefined;
  readonly side?: Side | undefined;
  readonly view?: View | undefined;
}

// One place of the viewer. "loading" shows no picture; "previous" shows the one before, said to be that: only while a slider moves.
export type Slot =
  | { readonly state: "there" | "previous"; readonly image: ViewerImage }
  | { readonly state: "loading"; readonly title: string }
  | { readonly state: "failed"; readonly title: string; readonly reason: string };

// single: one image at a time. pair: two side by side. hanging2: right and left back to back. hanging4: both views of both sides. grid: all of
// them, in the order in which they come, in rows.
export type Layout = "single" | "pair" | "hanging2" | "hanging4" | "grid";

// How the first two images are compared, in the layout "single".
export type Compare = "none" | "swipe" | "blink" | "difference";

export type Tool = "window" | "pan" | "zoom" | "magnify" | "ruler" | "pick" | "point" | "ellipse" | "freehand" | "brush" | "erase";

// Grey values that are drawn black and white, as shares of the range of values; low < high, each 0 to 1.
export interface Window {
  readonly low: number;
  readonly high: number;
}

// All that a viewer shows beside the images: serialisable, and owned by the page.
export interface ViewState {
  readonly layout: Layout;
  readonly compare: Compare;
  // The image on show in the layout "single", from 0.
  readonly shown: number;
  readonly window: Window;
  readonly inverted: boolean;
  // 1 fits the image into its place; 0.5 to 32.
  readonly zoom: number;
  // The place of the image in the middle of the viewer.
  readonly centre: Place;
  // Where the swipe's divider is, as a share of the viewer's width.
  readonly divider: number;
  readonly tool: Tool;
  // The brush's diameter as a share of the image's width.
  readonly brush: number;
  readonly ruler: { readonly slot: number; readonly from: Place; readonly to: Place } | null;
  // Keys of the overlays that are put away.
  readonly hidden: readonly string[];
}

export type Mark =
  | { readonly kind: "point"; readonly at: Place }
  // Half axes as shares of the image's width and height; turned clockwise by degrees, 0 where absent.
  | { readonly kind: "ellipse"; readonly centre: Place; readonly radii: Place; readonly degrees?: number | undefined }
  // A closed polygon of three corners at least.
  | { readonly kind: "freehand"; readonly corners: readonly Place[] };

// Values of a mask, row by row, 0 (outside) to 255 (inside); 128 and above is drawn.
export interface Mask extends Size {
  readonly values: Uint8Array;
}

// Something drawn over an image, with a line of its own in the legend.
export interface Overlay {
  readonly key: string;
  readonly label: string;
  // Such as "#e0a458"; from OVERLAY_COLOURS where nothing speaks for another.
  readonly colour: string;
  // The image it belongs to, from 0; all of them where it is absent.
  readonly slot?: number | undefined;
  readonly mask?: Mask | undefined;
  readonly outlines?: readonly (readonly Place[])[] | undefined;
  readonly marks?: readonly Mark[] | undefined;
  // Drawn filled and with a stronger line.
  readonly chosen?: boolean | undefined;
  // Drawn with a broken line: it is told from the others also where its colour is one of theirs.
  readonly dashed?: boolean | undefined;
  // Of the image before: its line in the legend is faint until that of the image on show is known.
  readonly awaited?: boolean | undefined;
}

export const PAINT = "paint";

// What a person may do on the pictures beside looking at them. A tool is offered for each answer that is given here.
export interface Drawing {
  // A click (or Enter at the keyboard's cross) on an image.
  readonly onPick?: ((slot: number, place: Place) => void) | undefined;
  readonly marks?: readonly Mark["kind"][] | undefined;
  readonly onMark?: ((slot: number, mark: Mark) => void) | undefined;
  // The mask that is painted, owned by the page; null for an empty one. Only on the first image; put away with an overlay of the key PAINT.
  readonly painted?: Mask | null | undefined;
  readonly onPaint?: ((mask: Mask) => void) | undefined;
}

// Where a page says how its images are looked at: nothing else is offered, nothing is said of them but their titles, and digits are the page's.
export interface Rules {
  // Window, level and inversion may be changed.
  readonly window: boolean;
  // Zoom and pan may be changed, and one of several images be looked at by itself.
  readonly zoom: boolean;
  // CSS pixels that an image is wide at zoom 1, where so much fits; as wide as its place where it is absent.
  readonly width?: number | undefined;
}

export interface ViewerProps {
  // The viewer's name on the page, for who does not see it.
  readonly name: string;
  // One to four; in the layout "grid" one to twelve.
  readonly slots: readonly Slot[];
  readonly state: ViewState;
  readonly onState: (state: ViewState) => void;
  readonly overlays?: readonly Overlay[] | undefined;
  readonly drawing?: Drawing | undefined;
  readonly rules?: Rules | undefined;
  // The picture of this key is on the screen, in this slot.
  readonly onDrawn?: ((slot: number, key: string) => void) | undefined;
}
