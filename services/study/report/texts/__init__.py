"""All words of the reports, one catalogue a language, and how the language writes numbers."""

from __future__ import annotations

import datetime
import math
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from mammoganesis.statistics.results import Interval, Proportion, Statement
from mammoganesis.texts.languages import language_of
from mammoganesis.texts.statements import sentence

NOTHING = "–"  # noqa: RUF001  (a dash, as in printed tables)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every text of a language by its key, such as "section.design"."""
    groups = tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{group}.{name}": text for group, texts in groups.items() for name, text in texts.items()}


class Texts:
    """The words of one language, by its BCP 47 tag; English for "".

    Raises:
        InvalidArgument: there is no such language here.
    """

    def __init__(self, tag: str = "") -> None:
        self._language = language_of(tag)
        self.language = self._language.code
        self._texts = catalogue(self.language)

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, with its places filled."""
        return self._texts[key].format(**values)

    def edit_type(self, name: str) -> str:
        """What an edit was along: a direction's name, or one of the words of the catalogue."""
        return self._texts.get(f"edit_type.{name}") or self._language.name("direction", name)

    def named(self, prefix: str, name: str) -> str:
        """The word for a name that the program knows; another name as it is."""
        return self._texts.get(f"{prefix}.{name}", name)

    def number(self, value: float | None, digits: int = 2) -> str:
        """A number with the language's decimal mark; without a value a dash."""
        if value is None:
            return NOTHING
        if not math.isfinite(value):
            return "∞"
        return self._language.number(0.0 if not round(value, digits) else value, f".{digits}f")

    def percent(self, value: float | None, digits: int = 0) -> str:
        """A share as a percentage."""
        return NOTHING if value is None else self("number.percent", value=self.number(100.0 * value, digits))

    def interval(self, interval: Interval | None, digits: int = 2) -> str:
        """Such as "0.29 to 0.78"."""
        if interval is None:
            return NOTHING
        return self("number.interval", low=self.number(interval.low, digits), high=self.number(interval.high, digits))

    def p(self, value: float | None) -> str:
        """A p value: three digits, and the smallest as "< 0.001"."""
        if value is None:
            return NOTHING
        return f"< {self.number(0.001, 3)}" if value < 0.001 else self.number(value, 3)

    def proportion(self, given: Proportion | None) -> str:
        """Such as "11/23, 48% (29 to 67)"."""
        if given is None or given.value is None:
            return NOTHING
        said = f"{given.count}/{given.total}, {self.percent(given.value)}"
        if given.interval is None:
            return said
        scaled = Interval(100.0 * given.interval.low, 100.0 * given.interval.high)
        return f"{said} ({self.interval(scaled, 0)})"

    def seconds(self, value: float | None) -> str:
        """A time."""
        return NOTHING if value is None else self("number.seconds", value=self.number(value, 1))

    def stated(self, statement: Statement | None) -> str:
        """What the statistics state, as a sentence."""
        return sentence(statement, self._language)

    def moment(self, microseconds: int) -> str:
        """A time since 1970, to the minute, UTC; 0 is a dash."""
        if not microseconds:
            return NOTHING
        at = datetime.datetime.fromtimestamp(microseconds / 1e6, datetime.UTC)
        return f"{at:%Y-%m-%d %H:%M} UTC"

    def shortened(self, text: str, most: int) -> str:
        """At most so many characters."""
        return text if len(text) <= most else text[: most - 1] + "…"
