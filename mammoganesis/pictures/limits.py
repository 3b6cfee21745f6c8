"""Of source images: how large they may be, and what decoders say of those that they cannot read."""

from __future__ import annotations

import re

from mammoganesis.errors import Excluded
from mammoganesis.pictures.exclusions import Reason

MOST_PIXELS = 2**27  # of one source image; a scanned film has 28 million
MOST_REASON = 200  # characters of a decoder's own words in a message
_BYTES = re.compile(r"b'(?:[^'\\]|\\.)*'?|b\"(?:[^\"\\]|\\.)*\"?")  # as decoders show the bytes of a file


def reason_of(error: Exception) -> str:
    """A decoder's own words on one line, printable and not too long."""
    text = _BYTES.sub("what is there", str(error))[:MOST_REASON]
    words = "".join(letter if letter.isprintable() else " " for letter in text).split()
    return " ".join(words) or type(error).__name__


def check_size(name: object, width: int, height: int, most: int = MOST_PIXELS) -> None:
    """Refuse an image by its header, before its pixels take memory."""
    if width * height > most:
        raise Excluded(name, Reason.TOO_LARGE, f"has {width}x{height} pixels; at most {most} are read")
