// Pictures out of the PNG files that the services send.

import { decode } from "fast-png";

import type { MarkPlace, Picture } from "./types";

// Colour becomes luminance (ITU-R BT.709), as a reading room sees grey only. Raises what fast-png raises for what is no PNG file.
// `mark`: where the services say that the mark is in the pixels.
export function decodePicture(png: Uint8Array, mark?: MarkPlace): Picture {
  const { data, width, height, depth, channels } = decode(png);
  const bits = depth === 16 ? 16 : 8;
  const values = data instanceof Uint16Array ? data : Uint8Array.from(data);
  const pixels = channels > 2 ? luminance(values, channels) : everyNth(values, channels);
  return mark ? { width, height, bits, pixels, mark } : { width, height, bits, pixels };
}

// The picture as it is shown, mirrored or not: its pixels, but for those of a mark that would read backwards, which are turned round where they are.
export function asShown(picture: Picture, mirrored: boolean): Picture {
  const { width, height, mark } = picture;
  const backwards = mark !== undefined && mark.mirrored !== mirrored;
  if (!mirrored && !backwards) return picture;
  const pixels = picture.pixels.slice();
  if (mirrored) turnRound(pixels, width, { left: 0, top: 0, width, height });
  if (!mark) return { ...picture, pixels };
  const left = mirrored ? width - mark.left - mark.width : mark.left;
  if (backwards) turnRound(pixels, width, { ...mark, left });
  return { ...picture, pixels, mark: { ...mark, left, mirrored: false } };
}

function turnRound(pixels: Picture["pixels"], width: number, box: Omit<MarkPlace, "mirrored">): void {
  for (let row = box.top; row < box.top + box.height; row++) {
    const start = row * width + box.left;
    pixels.subarray(start, start + box.width).reverse();
  }
}

function luminance<T extends Uint8Array | Uint16Array>(values: T, channels: number): T {
  const grey = everyNth(values, channels);
  for (let pixel = 0; pixel < grey.length; pixel++) {
    const [red = 0, green = 0, blue = 0] = values.subarray(pixel * channels, pixel * channels + 3);
    grey[pixel] = Math.round(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  }
  return grey;
}

// The first value of each pixel.
function everyNth<T extends Uint8Array | Uint16Array>(values: T, channels: number): T {
  return (channels === 1 ? values : values.filter((_, index) => index % channels === 0)) as T;
}
