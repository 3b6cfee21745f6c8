// How much of a change lies outside the place that it was meant for.

import { differenceOf } from "./difference";
import { INSIDE } from "./outlines";
import type { Mask, Picture } from "./types";

// Share of the squared difference of two pictures outside a mask, 0 to 1; null where nothing differs. The mask may have another size.
export function shareOutside(before: Picture, after: Picture, mask: Mask): number | null {
  const { values, width, height } = differenceOf(before, after);
  let [all, outside] = [0, 0];
  values.forEach((value, pixel) => {
    const column = Math.floor(((pixel % width) * mask.width) / width);
    const row = Math.floor((Math.floor(pixel / width) * mask.height) / height);
    const squared = value * value;
    all += squared;
    if (mask.values[row * mask.width + column]! < INSIDE) outside += squared;
  });
  return all === 0 ? null : outside / all;
}
