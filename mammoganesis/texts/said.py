"""What is found before anybody knows in which language it will be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mammoganesis.errors import MammoganesisError
from mammoganesis.texts.languages import ENGLISH, Language


@dataclass(frozen=True)
class Said:
    """A text of every language: its key, and what fills its gaps. Those are texts as they are, numbers, a likeness,
    other texts of every language, or several of these. With a value `count` the text has a singular. `str` gives the
    English that commands print: of an error its message."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    message: str = ""  # of the error that the text stands for

    def __str__(self) -> str:
        return self.told(None)

    def told(self, language: Language | None) -> str:
        """In words of a language; None: as commands print it."""
        if language is None and self.message:
            return self.message
        values = {name: written(value, language) for name, value in self.values.items()}
        language = language or ENGLISH
        count = self.values.get("count")
        ending = "" if not isinstance(count, int) else ".one" if language.is_one(count) else ".other"
        return language.say(self.key + ending, **values)


class Likeness(float):
    """How much two pictures are alike, up to 1. What is below 1 is never written as 1: it has two digits after the
    point, or as many more, up to MOST_DIGITS, as tell it from 1, or is said to be above the last number that has. `str`
    gives what commands print."""

    MOST_DIGITS = 4

    def __str__(self) -> str:
        return self.told(None)

    def told(self, language: Language | None) -> str:
        """As a language writes numbers; None: as commands print it."""
        language = language or ENGLISH
        if self >= 1:
            return "1"
        for digits in range(2, self.MOST_DIGITS + 1):
            if round(self, digits) < 1:
                return language.number(self, f".{digits}f")
        return ">" + language.number(1 - 10**-self.MOST_DIGITS, f".{self.MOST_DIGITS}f")


def said(key: str, **values: object) -> Said:
    """The text of a key with what fills its gaps."""
    return Said(key, values)


def of_error(error: MammoganesisError, otherwise: Said) -> Said:
    """The text of an error by its code, or `otherwise`; commands print its message."""
    found = Said(error.code, error.values) if error.code in ENGLISH.texts else otherwise
    return replace(found, message=error.message)


def written(value: object, language: Language | None) -> str:
    """What stands in a gap: numbers with two digits that count, several things with commas between them."""
    if isinstance(value, (Said, Likeness)):
        return value.told(language)
    if isinstance(value, float):
        return (language or ENGLISH).number(value, ".2g")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(written(one, language) for one in value)
    return str(value)
