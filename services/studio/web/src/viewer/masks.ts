// Masks as the services have them: PNG files and compressed bytes.

import { encode } from "fast-png";

import type { Mask } from "./types";

// 8 bits, greyscale.
export const pngOfMask = ({ values, width, height }: Mask): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(encode({ data: values, width, height, channels: 1, depth: 8 }));

// A square mask out of bytes compressed with zlib, row by row. Throws where they are no such mask.
export async function inflatedMask(deflated: Uint8Array, size: number): Promise<Mask> {
  const stream = new Blob([Uint8Array.from(deflated)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const values = new Uint8Array(await new Response(stream).arrayBuffer());
  if (values.length !== size * size) throw new RangeError(`a mask of ${values.length} values; needed: ${size} x ${size}`);
  return { values, width: size, height: size };
}

export const isEmpty = ({ values }: Mask) => values.every((value) => value === 0);
