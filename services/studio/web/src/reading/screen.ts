// What is read on: the window, phones, and how large a millimetre is on this screen. Pure, but for what the browser says.

import { create } from "@bufbuild/protobuf";

import { ReadingScreenSchema, type ReadingScreen } from "../protos/mammoganesis/v1/studies_pb";
import type { StudyDisplay } from "../protos/mammoganesis/v1/study_design_pb";
import type { Size } from "../viewer/types";

// ISO/IEC 7810, ID-1: bank cards, driving licences.
export const CARD = { width: 85.6, height: 53.98 }; // millimetres

// CSS pixels of a card: from phones to walls.
export const CARD_PIXELS = { from: 120, to: 900, first: Math.round((CARD.width * 96) / 25.4) };

// As the reader has said it.
export interface Measured {
  readonly pixelsOfAMillimetre: number; // 0: not measured
  readonly distance: number; // centimetres; 0: not said
}

export const NOT_MEASURED: Measured = { pixelsOfAMillimetre: 0, distance: 0 };
export const DISTANCE = { least: 10, most: 300 }; // centimetres

export const pixelsOfAMillimetre = (cardPixels: number) => cardPixels / CARD.width;

export interface Device extends Size {
  readonly phone: boolean;
}

const PHONES_SHORTER_SIDE = 500; // CSS pixels: tablets have more

export function deviceOf(page: Window): Device {
  const { userAgent, userAgentData } = page.navigator as Navigator & { userAgentData?: { mobile: boolean } };
  const says = userAgentData?.mobile === true || (/Mobi/.test(userAgent) && !/iPad|Tablet/.test(userAgent));
  const small = Math.min(page.screen.width, page.screen.height) < PHONES_SHORTER_SIDE && page.matchMedia("(pointer: coarse)").matches;
  return { width: page.innerWidth, height: page.innerHeight, phone: says || small };
}

export const isRefusedPhone = (device: Device, display: StudyDisplay | undefined) => device.phone && !display?.phonesAllowed;

// A phone that is allowed may be as small as it is.
export function isTooSmall({ phone, width, height }: Device, display: StudyDisplay | undefined): boolean {
  return !(phone && display?.phonesAllowed) && (width < (display?.smallestWidth ?? 0) || height < (display?.smallestHeight ?? 0));
}

export const isCardAsked = (display: StudyDisplay | undefined) => (display?.imageMillimetres ?? 0) > 0;

export const isMeasured = (display: StudyDisplay | undefined, measured: Measured | null) =>
  measured !== null || (!isCardAsked(display) && !display?.distanceAsked);

// CSS pixels that a picture is wide; absent: as the window takes.
export function pictureWidth(display: StudyDisplay | undefined, measured: Measured | null): number | undefined {
  const width = (display?.imageMillimetres ?? 0) * (measured?.pixelsOfAMillimetre ?? 0);
  return width > 0 ? width : undefined;
}

export function screenOf({ width, height, phone }: Device, pixelRatio: number, measured: Measured | null): ReadingScreen {
  const { pixelsOfAMillimetre, distance } = measured ?? NOT_MEASURED;
  return create(ReadingScreenSchema, { width, height, pixelRatio, phone, pixelsOfAMillimetre, distanceCentimetres: distance });
}
