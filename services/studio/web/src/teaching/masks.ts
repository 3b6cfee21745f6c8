// Where a picture was edited, as the viewer draws it.

import type { EditMask } from "../protos/mammoganesis/v1/quizzes_pb";
import { t } from "../texts/texts";
import { decodePicture } from "../viewer/picture";
import type { Overlay } from "../viewer/types";

// None where the picture is not among `images`, the picture_id by slot.
export function maskOverlay({ pictureId, png }: EditMask, images: string[], colour: string): Overlay[] {
  const slot = images.indexOf(pictureId);
  if (slot < 0) return [];
  const { pixels, width, height } = decodePicture(png);
  return [{ key: `edited ${pictureId}`, label: t("feedback.edited"), slot, colour, mask: { values: Uint8Array.from(pixels), width, height } }];
}
