"""What stands in a PNG file besides an image of ours: an exact list of what is written, and all else told.

A file of ours is IHDR, the chunk of a C2PA manifest where it has one (what that is worth, `c2pa_manifest` tells), the
texts of `mammoganesis.pictures.texts` in their order and nothing between them, IDAT with one stream of zlib's that
holds the rows and nothing more, IEND, and the end. Where the texts do not stand so, because another program has written
them anew, each name counts once, by its first text.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from mammoganesis.errors import shown
from mammoganesis.pictures.c2pa_manifest import is_manifest
from mammoganesis.pictures.chunks import LEVELS, TEXTS, Chunk, Header, header, split, stream
from mammoganesis.pictures.kinds import bytes_of
from mammoganesis.pictures.texts import ORDER, SOMETIMES
from mammoganesis.texts.said import Said, said

_SLACK = 1 / 8  # by which versions of zlib differ at one level, and more
_PIECE = 2**14  # bytes of each IDAT but the last, at least; Pillow writes 2**16, other programs 2**13


@dataclass(frozen=True)
class Additions:
    """How a file differs from one that holds the same image and texts and was written here."""

    added: tuple[Said | str, ...]  # what the image has nothing to do with, such as "a chunk gAMA of 4 bytes"
    otherwise: tuple[Said, ...]  # the same content in another form, such as "compressed otherwise"


def additions(data: bytes) -> Additions:
    """Of a PNG file that `read_png` reads.

    Raises Broken when its pixels do not decompress to their end.
    """
    head = header(data)
    chunks, trailing = split(data)
    ours = own_texts(chunks)
    added: list[Said | str] = []
    before: set[str] = set()  # keywords: a file may have hundreds of thousands of chunks
    for at, chunk in enumerate(chunks):
        if not (at in ours or _needed(chunk, at, head) or is_manifest(chunk, at)):
            added.append(_told(chunk, before))
        before.add(chunk.keyword)
    pixels = stream(chunks, head)
    for size, place in (
        (pixels.beyond_rows, "added.rows"),
        (pixels.behind, "added.pixels"),
        (trailing, "added.end"),
    ):
        if size:
            added.append(said(place, bytes=bytes_of(size)))
    otherwise = []
    if pixels.begins not in LEVELS or pixels.size > pixels.size_here * (1 + _SLACK) + 64:
        otherwise.append(said("otherwise.compressed"))
    if any(len(chunk.body) < _PIECE for chunk in [chunk for chunk in chunks if chunk.kind == b"IDAT"][:-1]):
        otherwise.append(said("otherwise.pieces"))
    if _are_elsewhere(chunks, ours):
        otherwise.append(said("otherwise.texts"))
    return Additions(tuple(added), tuple(otherwise))


def own_texts(chunks: Sequence[Chunk]) -> dict[int, str]:
    """The names of our texts by the place of their chunk: those that stand together as they are written, else the
    first of each name."""
    keys = [chunk.keyword if chunk.plain_text is not None else "" for chunk in chunks]
    for start, key in enumerate(keys):
        if key == ORDER[0] and (block := _block(keys, start)):
            return block
    names = [chunk.keyword for chunk in chunks]
    return {names.index(key): key for key in ORDER if key in names}


def _block(keys: Sequence[str], start: int) -> dict[int, str] | None:
    """All our texts one after the other from `start`; None where they do not stand there."""
    found: dict[int, str] = {}
    at = start
    for key in ORDER:
        if at < len(keys) and keys[at] == key:
            found[at] = key
            at += 1
        elif key not in SOMETIMES:
            return None
    return found


def _needed(chunk: Chunk, at: int, head: Header) -> bool:
    """Whether the picture itself is made of it."""
    if chunk.kind == b"IHDR":
        return at == 0
    return chunk.kind in (b"IDAT", b"IEND") or (head.colour == 3 and chunk.kind in (b"PLTE", b"tRNS"))


def _are_elsewhere(chunks: Sequence[Chunk], ours: dict[int, str]) -> bool:
    """Whether the texts that are there are of another kind of chunk, in another order, or behind the pixels."""
    order = [ORDER.index(ours[at]) for at in sorted(ours)]
    pixels = [chunk.kind for chunk in chunks].index(b"IDAT")
    plain = all(chunks[at].plain_text is not None for at in ours)
    return not plain or order != sorted(order) or any(at > pixels for at in ours)


def _told(chunk: Chunk, before: Set[str]) -> Said:
    if chunk.kind in TEXTS:
        key = "added.text.second" if chunk.keyword in before or chunk.keyword in ORDER else "added.text"
        rest = chunk.body.partition(b"\0")[2]
        text = rest.decode("latin-1") if chunk.kind == b"tEXt" else chunk.plain_text
        return said(key, name=shown(chunk.keyword), text=shown(text) if text is not None else bytes_of(len(rest)))
    key = "added.chunk.second" if chunk.kind == b"IHDR" else "added.chunk"
    return said(key, kind=chunk.kind.decode("ascii"), bytes=bytes_of(len(chunk.body)))
