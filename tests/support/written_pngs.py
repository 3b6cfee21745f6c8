"""PNG files as the library writes them, as they are made by hand, and a reader of the tests' own (zlib and struct)."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from mammoganesis.pictures import png as images
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.recipe import completion
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support import recipe_strategies

PNG_8 = ImageFormat(encoding="IMAGE_ENCODING_PNG_8")
PNG_16 = ImageFormat(encoding="IMAGE_ENCODING_PNG_16")
RAW = ImageFormat(encoding="IMAGE_ENCODING_RAW_FLOAT32")
MARKED = ImageFormat(encoding="IMAGE_ENCODING_PNG_8", burn_in_mark=True)
DIGEST = "ab" * 32
ID = "lat_" + "0" * 32
RECIPE = completion.complete(Recipe(seed=5, component_edits=[{"index": 1, "sigmas": 0.1}]), recipe_strategies.LIMITS)


def encode(image: np.ndarray, image_format: ImageFormat = PNG_8, recipe: Recipe = RECIPE) -> bytes:
    provenance = Provenance(recipe, ID, DIGEST, "CPUExecutionProvider", "float32")
    return images.encode(image, image_format, provenance)


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """(type, data) of every chunk, CRCs verified."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, place = [], 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert struct.unpack(">I", png[place + 8 + length : place + 12 + length])[0] == zlib.crc32(kind + data)
        found.append((kind, data))
        place += 12 + length
    return found


def texts(png: bytes) -> dict[str, str]:
    """Keyword and text of all uncompressed iTXt chunks."""
    found = {}
    for kind, data in chunks(png):
        if kind == b"iTXt":
            keyword, rest = data.split(b"\0", 1)
            assert rest[:2] == b"\0\0"
            found[keyword.decode("ascii")] = rest[2:].split(b"\0", 2)[2].decode("utf-8")
    return found


def decoded(png: bytes) -> np.ndarray:
    """The pixels of a PNG by the PNG standard, without PIL."""
    parts = chunks(png)
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", dict(parts)[b"IHDR"])
    assert interlace == 0
    channels, step = (3 if colour == 2 else 1), (3 if colour == 2 else 1) * depth // 8
    raw = zlib.decompress(b"".join(data for kind, data in parts if kind == b"IDAT"))
    lines = np.frombuffer(raw, np.uint8).reshape(height, 1 + width * step)
    above, out = np.zeros(width * step, np.int64), []
    for line in lines:
        here = line[1:].astype(np.int64)
        for i in range(len(here)):
            a, b = (here[i - step] if i >= step else 0), above[i]
            c = above[i - step] if i >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            here[i] = (here[i] + [0, a, b, (a + b) // 2, paeth][line[0]]) % 256
        above = here
        out.append(here)
    pixels = np.array(out, np.uint8).view(">u2" if depth == 16 else np.uint8).reshape(height, width, channels)
    return pixels[:, :, 0] if channels == 1 else pixels


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(
    width: int, height: int, depth: int = 8, colour: int = 0, extra: bytes = b"", body: bytes | None = None
) -> bytes:
    """A PNG made by hand, all black unless a body is given."""
    step = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    body = zlib.compress(bytes((1 + (width * step + 7) // 8) * height)) if body is None else body
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", body) + chunk(b"IEND", b"")


IMAGE = np.random.RandomState(0).uniform(-1.3, 1.3, (1, 7, 5)).astype(np.float32)
COLOUR = np.random.RandomState(1).uniform(-1.3, 1.3, (3, 4, 6)).astype(np.float32)
