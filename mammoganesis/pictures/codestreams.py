"""How large a picture is by its own compressed data: decoders go by that, whatever the file around it says."""

from __future__ import annotations

import struct

_JPEG_2000 = b"\xff\x4f\xff\x51"  # SOC and SIZ (ISO/IEC 15444-1 A.4, A.5)
_STANDALONE = {0x01, *range(0xD0, 0xD9)}  # markers of JPEG without a length: TEM, RST0 to RST7, SOI
_FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15 (ITU-T T.81 B.1.1.3), SOF55 of JPEG-LS


def codestream_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of JPEG, JPEG-LS, JPEG 2000 or HTJ2K data; None where its head does not tell."""
    start = data.find(_JPEG_2000, 0, 256)  # behind the boxes of a JP2 file, where there are some
    if start >= 0 and len(data) >= start + 24:
        right, bottom, left, top = struct.unpack_from(">4I", data, start + 8)
        return right - left, bottom - top
    return _jpeg_size(data) if data[:2] == b"\xff\xd8" else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">2H", data, place + 5)
            return width, height
        if marker == 0xDA:  # the scan: no frame came before it
            return None
        place += 1 if marker == 0xFF else 2  # a fill byte, or the marker
        if marker not in _STANDALONE and marker != 0xFF:
            place += int(struct.unpack_from(">H", data, place)[0])
    return None
