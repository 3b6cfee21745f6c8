// Pictures out of the PNG files that the services send.

import { decode } from "fast-png";

import type { Picture } from "./types";

// Colour becomes luminance (ITU-R BT.709), as a reading room sees grey only. Raises what fast-png raises for what is no PNG file.
export function decodePicture(png: Uint8Array): Picture {
  const { data, width, height, depth, channels } = decode(png);
  const bits = depth === 16 ? 16 : 8;
  const values = data instanceof Uint16Array ? data : Uint8Array.from(data);
  return { width, height, bits, pixels: channels > 2 ? luminance(values, channels) : everyNth(values, channels) };
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
