"""A PNG file by its chunks, as the standard has them: what is whole, what each holds, and where it ends.

Pillow reads pixels and texts and passes over much else: a chunk that it does not know, what comes after the end, a
second text of one name. What is asked here is whether there is anything of that kind. The door to ISA-L, by which
pixels are compressed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from isal import igzip_lib, isal_zlib
from numpy.typing import NDArray

from mammoganesis.texts.said import Said, said

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = {0: "grey", 2: "rgb", 3: "palette", 4: "grey_alpha", 6: "rgb_alpha"}  # ends of keys of texts
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
LEVELS = {b"\x78\x5e": 3, b"\x78\x9c": 6}
"""Levels of zlib by the header of a stream, of the largest window. Ours names 3; our files had both before."""

_ISA_L_LEVEL = 1  # 0 to 3; 2 and 3 take longer and save nothing
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PIECE = 2**20  # bytes decompressed at once
MAX_CHUNKS = 2**16
"""Of one file: the largest that is read, 64 MiB, in pieces of a KiB. Programs write pieces of 8 KiB and more."""


class Broken(ValueError):  # noqa: N818
    """The file is cut off, or a checksum in it is wrong, or it breaks the standard so that it cannot be read."""


@dataclass(frozen=True)
class Chunk:
    """One chunk, whose checksum is right."""

    kind: bytes  # four ASCII letters
    body: bytes

    @property
    def keyword(self) -> str:
        """Of a text; "" where there is none."""
        return self.body.partition(b"\0")[0].decode("latin-1") if self.kind in TEXTS else ""

    @property
    def plain_text(self) -> str | None:
        """The text, where it is written as our files write theirs: iTXt in UTF-8, not compressed, of no language."""
        rest = self.body.partition(b"\0")[2]
        if self.kind != b"iTXt" or rest[:4] != bytes(4):
            return None
        try:
            return rest[4:].decode("utf-8")
        except UnicodeDecodeError:
            return None


@dataclass(frozen=True)
class Header:
    """What IHDR says."""

    width: int
    height: int
    depth: int  # bits
    colour: int
    compression: int
    filtering: int
    interlace: int

    @property
    def form(self) -> Said:
        """Such as "8 bits greyscale"."""
        colours = said(f"form.{COLOURS.get(self.colour, 'unknown')}")
        return said("form.interlaced" if self.interlace else "form", depth=self.depth, colours=colours)

    @property
    def filtered_bytes(self) -> int | None:
        """Bytes of all rows with their filters, before compression; None where they do not simply follow each other."""
        if self.interlace or self.colour not in _CHANNELS:
            return None
        return self.height * (1 + (self.width * self.depth * _CHANNELS[self.colour] + 7) // 8)


@dataclass(frozen=True)
class Stream:
    """The compressed pixels, decompressed and compressed again."""

    begins: bytes  # the two bytes of zlib's header
    size: int  # bytes of the compressed stream
    size_here: int  # the same, of what ISA-L or zlib at the level that its header names make of it here: the larger
    beyond_rows: int  # bytes decompressed after the last row; counted up to _PIECE and a little more
    behind: int  # bytes in IDAT after the stream's end


def header(data: bytes) -> Header:
    """Of a file that begins with SIGNATURE. Raises Broken when IHDR is not its first chunk, or not whole."""
    if len(data) < 33 or data[8:16] != b"\0\0\0\rIHDR":
        raise Broken("no IHDR")
    return Header(*struct.unpack(">IIBBBBB", data[16:29]))


def split(data: bytes) -> tuple[list[Chunk], int]:
    """All chunks up to IEND, and the number of bytes behind it.

    Raises Broken when there is no IEND, or a checksum, a length or a name before it or of it is wrong, or there are
    more than MAX_CHUNKS.
    """
    chunks: list[Chunk] = []
    place = len(SIGNATURE)
    while not chunks or chunks[-1].kind != b"IEND":
        (length,) = struct.unpack(">I", data[place : place + 4]) if len(data) >= place + 12 else (len(data),)
        end = place + 12 + length
        kind, body = data[place + 4 : place + 8], data[place + 8 : end - 4]
        if len(chunks) == MAX_CHUNKS:
            raise Broken("too many chunks")
        if end > len(data) or not (kind.isalpha() and kind.isascii()):
            raise Broken("cut off")
        if crc32(body, crc32(kind)) != int.from_bytes(data[end - 4 : end], "big"):
            raise Broken("a checksum is wrong")
        chunks.append(Chunk(kind, body))
        place = end
    if chunks[-1].body:
        raise Broken("IEND is not empty")
    return chunks, len(data) - place


def stream(chunks: Sequence[Chunk], head: Header) -> Stream:
    """How the pixels are compressed. In pieces: nothing is held whole.

    Raises Broken when the stream is cut off or does not decompress.
    """
    whole = b"".join(chunk.body for chunk in chunks if chunk.kind == b"IDAT")
    reader = zlib.decompressobj()
    writers = [zlib.compressobj(LEVELS.get(whole[:2], -1)), isal_zlib.compressobj(_ISA_L_LEVEL)]
    filtered, again = 0, [0, 0]
    expected = head.filtered_bytes
    most = _PIECE + (2 * head.height * (1 + 8 * head.width) if expected is None else expected)
    try:
        for piece in _pieces(reader, whole):
            filtered += len(piece)
            again = [size + len(writer.compress(piece)) for size, writer in zip(again, writers, strict=True)]
            if filtered > most:  # a bomb: told, not unpacked
                break
    except zlib.error:
        raise Broken("the pixels do not decompress") from None
    beyond = filtered - (most if expected is None else expected)
    if (beyond < 0 and expected is not None) or not (reader.eof or beyond > 0):
        raise Broken("the pixels are cut off")
    behind, beyond = len(reader.unused_data), max(0, beyond)
    here = max(size + len(writer.flush()) for size, writer in zip(again, writers, strict=True))
    return Stream(whole[:2], len(whole) - behind, here, beyond, behind)


def compressed(rows: NDArray[np.uint8]) -> bytes:
    """A stream of zlib's, as pixels are written."""
    return isal_zlib.compress(rows, _ISA_L_LEVEL)


def decompressed(content: bytes, size: int) -> bytes | None:
    """What is in a stream of zlib's; None where that is not `size` bytes and all of the stream."""
    reader = isal_zlib.decompressobj()
    try:
        plain = reader.decompress(content, size + 1)
    except igzip_lib.IsalError:  # pyright: ignore[reportGeneralTypeIssues] (its stub forgets the class)
        return None
    return plain if len(plain) == size and reader.eof and not reader.unused_data else None


def crc32(content: bytes, before: int = 0) -> int:
    """`zlib.crc32`, sooner."""
    return isal_zlib.crc32(content, before)


def _pieces(reader: zlib._Decompress, compressed: bytes) -> Iterator[bytes]:
    piece = b""
    while not reader.eof and (compressed or piece):
        piece = reader.decompress(compressed, _PIECE)
        compressed = reader.unconsumed_tail
        yield piece
