// A greyscale PNG file (8 bits, colour type 0) of bytes: what a canvas cannot write.

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

// values: width * height bytes, row by row. Gives the file as a Uint8Array.
export async function greyPng(values, width, height) {
  const rows = new Uint8Array((width + 1) * height); // each row begins with its filter, 0
  for (let row = 0; row < height; row++) rows.set(values.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  const packed = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
  const data = new Uint8Array(await new Response(packed).arrayBuffer());
  const header = [...word(width), ...word(height), 8, 0, 0, 0, 0];
  return Uint8Array.from([...SIGNATURE, ...chunk("IHDR", header), ...chunk("IDAT", data), ...chunk("IEND", [])]);
}

function chunk(type, data) {
  const content = [...new TextEncoder().encode(type), ...data];
  const crc = content.reduce((value, byte) => CRC[(value ^ byte) & 255] ^ (value >>> 8), 0xffffffff);
  return [...word(data.length), ...content, ...word((crc ^ 0xffffffff) >>> 0)];
}

const word = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
