"""Letters on a page: Pillow's own font for ASCII, Noto Sans for what else is written in Latin, Greek or Cyrillic.

Other scripts are refused: Arabic, Devanagari and the like want letters joined and lines turned round, which Pillow does
on some machines and not on others.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import fontpkg
from PIL import Image, ImageDraw, ImageFont

from mammoganesis.errors import InvalidArgument

SCRIPTS = ("LATIN", "GREEK", "CYRILLIC")
_NO_LETTER = "\U0010fffe"  # of no font: drawn as what stands for letters that are missing

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class Lettering:
    """Text of one size, in pixels."""

    def __init__(self, size: int) -> None:
        self._size = size

    def font(self, text: str) -> Font:
        """The font to draw a text with."""
        return ImageFont.load_default(self._size) if text.isascii() else _noto(self._size)

    def width(self, text: str) -> float:
        """Of a text on one line, in pixels."""
        return self.font(text).getlength(text)


def drawable(text: str, field: str) -> str:
    """The text with its accents and letters put together, as it is drawn.

    Raises:
        InvalidArgument: it has a letter of another script, or a sign that the font does not have; `field` is what the
            message calls the text.
    """
    whole = unicodedata.normalize("NFC", text)
    strange = next((letter for letter in whole if not _is_drawn(letter)), None)
    if strange is not None:
        allowed = "Latin, Greek and Cyrillic letters, digits and common signs"
        raise InvalidArgument(field, strange, allowed)
    return whole


@lru_cache(maxsize=4096)
def _is_drawn(letter: str) -> bool:
    if letter.isascii():
        return letter.isprintable()
    if unicodedata.category(letter) == "Zs":
        return True
    if not letter.isprintable() or (letter.isalpha() and not unicodedata.name(letter, "").startswith(SCRIPTS)):
        return False
    return _ink(letter) != _ink(_NO_LETTER)


def _ink(letter: str) -> bytes:
    """What Noto Sans draws."""
    image = Image.new("L", (32, 32))
    ImageDraw.Draw(image).text((4, 4), letter, font=_noto(16), fill=255)
    return image.tobytes()


@lru_cache(maxsize=16)
def _noto(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(fontpkg.path("Noto Sans")), size)
