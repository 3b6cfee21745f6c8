"""What stands beside the pixels of a PNG, JPEG or TIFF file, as texts: wherever a program may have put words.

Pillow gives the texts that it knows, of those places that it has read before the pixels: not what ExifTool appends
behind them, no second comment, no IPTC, no profiles of ImageMagick. Here every chunk, segment or field is looked at,
whatever it is for, and the readable runs of it are taken.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from struct import Struct
from typing import BinaryIO

from mammoganesis.errors import Excluded
from mammoganesis.pictures import texts
from mammoganesis.pictures.chunks import SIGNATURE
from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.sources import KINDS, Source, opened, unreadable_named

MOST_BYTES = 2**20  # of one chunk, segment or field that are looked at
MOST_IN_ALL = 2**24  # of one file, unpacked: a small file can say much, again and again
MOST_FIELDS = 2**12  # of one TIFF file
_NOT_TEXT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"iCCP"})  # pixels, colours and a colour profile
_CHUNK = Struct(">I4s")  # length and kind of a chunk of PNG
_PROFILE = b"ICC_PROFILE\0"  # how such a segment of JPEG begins
_RAW_PROFILE = b"Raw profile type "  # of ImageMagick: name, length and hexadecimal digits
_SCANS = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # a marker among the compressed data (ITU-T T.81 B.1.1.5)
_RUNS = re.compile(  # UTF-16 of the letters that Latin-1 has, and bytes
    rb"(?:[\t\x20-\x7e\xa0-\xff]\x00){4,}|(?:\x00[\t\x20-\x7e\xa0-\xff]){4,}|[\t\x20-\x7e\x80-\xff]{4,}"
)
# Bytes of one value by the type of a field (TIFF 6.0, section 2; BigTIFF: 16 to 18).
_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_TIFF_COLOURS = 34675  # an ICC profile
_TIFF_FOLDERS = (330, 34665, 34853, 40965)  # fields that lead to others: SubIFDs, EXIF, GPS, interoperability


def texts_of(source: Source) -> list[str]:
    """All texts beside the pixels of a file, each as it stands or as "name: text"; none for another kind of file.

    Raises:
        DataError: it cannot be read, or says more than MOST_IN_ALL.
    """
    with unreadable_named(source, KINDS), opened(source) as file:
        head, looked = file.read(len(SIGNATURE)), _Looked(source)
        if head == SIGNATURE:
            return list(_of_png(file, looked))
        if head[:2] == b"\xff\xd8":
            file.seek(2)
            parts = (content for content in _of_jpeg(file.read()) if not content.startswith(_PROFILE))
        else:
            parts = _of_tiff(file, head) if head[:2] in (b"II", b"MM") else iter(())
        return [readable(looked.at(content)) for content in parts]


def says_synthetic(source: Source) -> bool:
    """Whether the texts of a PNG, JPEG or TIFF file say so: any of our marks, or the IPTC's word for what a network has
    drawn, in XMP or a C2PA manifest.

    Raises:
        DataError: it cannot be read.
    """
    return any(texts.tells_synthetic(text) for text in texts_of(source))


class _Looked:
    """How much of a file was looked at."""

    def __init__(self, source: Source) -> None:
        self._source, self._bytes = source, 0

    def at(self, content: bytes) -> bytes:
        """The content itself, at most MOST_BYTES. Raises Excluded where it was too much."""
        content = content[:MOST_BYTES]
        self._bytes += len(content)
        if self._bytes > MOST_IN_ALL:
            raise Excluded(self._source, Reason.TOO_LARGE, f"says more than {MOST_IN_ALL} bytes beside its pixels")
        return content


def readable(content: bytes) -> str:
    """The readable runs of some bytes, of four letters and more, each a line: UTF-8, Latin-1 or UTF-16."""
    return "\n".join(_letters(run[0]) for run in _RUNS.finditer(content[:MOST_BYTES]))


def _letters(run: bytes) -> str:
    if b"\0" in run:
        return run.replace(b"\0", b"").decode("latin-1")
    try:
        return run.decode("utf-8")
    except UnicodeDecodeError:
        return run.decode("latin-1")


def _of_png(file: BinaryIO, looked: _Looked) -> Iterator[str]:
    """Of a file behind its signature: texts, other chunks, and what comes after the end."""
    while len(head := file.read(_CHUNK.size)) == _CHUNK.size:
        length, kind = _CHUNK.unpack(head)
        if kind in _NOT_TEXT:
            file.seek(length + 4, 1)
        else:
            content = file.read(min(length, MOST_BYTES))
            file.seek(length - len(content) + 4, 1)
            yield _of_chunk(kind, looked.at(content), looked)
        if kind == b"IEND":
            break
    yield readable(file.read(MOST_BYTES))


def _of_chunk(kind: bytes, content: bytes, looked: _Looked) -> str:
    """ISO/IEC 15948, 11.3.4: name and text of tEXt, zTXt and iTXt; of others what can be read."""
    name, _, rest = content.partition(b"\0")
    if kind == b"zTXt":
        rest = looked.at(_inflated(rest[1:]))
    elif kind == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
        rest = looked.at(_inflated(rest)) if packed else rest
    elif kind != b"tEXt":
        return readable(content)
    if name.startswith(_RAW_PROFILE):
        with suppress(ValueError):
            return readable(bytes.fromhex(b"".join(rest.split()[2:]).decode("ascii", "replace")))
    return f"{_letters(name)}: {_letters(rest)}"


def _inflated(content: bytes) -> bytes:
    """As far as it can be, and is looked at."""
    with suppress(zlib.error):
        return zlib.decompressobj().decompress(content, MOST_BYTES)
    return b""


def _of_jpeg(data: bytes) -> Iterator[bytes]:
    """Comments and application segments (ITU-T T.81 B.2.4), between the scans too, and what comes after the end."""
    place = 0
    while (found := _SCANS.search(data, place)) is not None:
        marker, place = data[found.start() + 1], found.end()
        if marker == 0xD9:
            break
        if marker in (0x01, 0xD8):
            continue
        length = int.from_bytes(data[place : place + 2], "big")
        if marker == 0xFE or 0xE0 <= marker <= 0xEF:
            yield data[place + 2 : place + length]
        place += length
    yield data[place:]


def _of_tiff(file: BinaryIO, head: bytes) -> Iterator[bytes]:
    """The values of all fields that are long enough for words, of all pages and of the folders below them."""
    form = _Form("<" if head[:2] == b"II" else ">", head[2:4] in (b"+\0", b"\0+"))
    file.seek(form.first)
    ahead, seen, fields = [_number(file, form.place)], {0}, 0
    while ahead and fields < MOST_FIELDS:
        if (place := ahead.pop()) in seen:
            continue
        seen.add(place)
        file.seek(place)
        count = min(_number(file, form.count), MOST_FIELDS)
        entries = file.read(count * form.entry.size)
        fields += count + 1
        ahead.append(_number(file, form.place))
        for entry in form.entry.iter_unpack(entries[: len(entries) // form.entry.size * form.entry.size]):
            tag, kind, number, value = entry
            leads, length = tag in _TIFF_FOLDERS, number * _TIFF_SIZES.get(kind, 1)
            if tag == _TIFF_COLOURS or (leads and len(ahead) >= MOST_FIELDS):
                continue
            if length > len(value):
                file.seek(form.place.unpack(value)[0])
                value = file.read(min(length, MOST_FIELDS if leads else MOST_BYTES))
            if leads:
                places, size = form.place if kind in (16, 18) else form.number, min(length, len(value))
                ahead += [one for (one,) in places.iter_unpack(value[: size // places.size * places.size])]
            elif length > 4:
                yield value


class _Form:
    """How a TIFF file writes numbers, or a BigTIFF file."""

    def __init__(self, order: str, big: bool) -> None:
        self.first = 8 if big else 4  # where the place of the first folder stands
        self.place = Struct(order + ("Q" if big else "I"))
        self.count = Struct(order + ("Q" if big else "H"))
        self.entry = Struct(order + ("HHQ8s" if big else "HHI4s"))  # tag, type, number of values, values or their place
        self.number = Struct(order + "I")


def _number(file: BinaryIO, form: Struct) -> int:
    """The next number; 0 where the file ends."""
    content = file.read(form.size)
    return int(form.unpack(content)[0]) if len(content) == form.size else 0
