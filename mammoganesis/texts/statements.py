"""What the statistics state, as sentences of a language."""

from __future__ import annotations

from mammoganesis.statistics.results import Interval, Statement
from mammoganesis.texts.languages import ENGLISH, Language


def sentence(statement: Statement | None, language: Language = ENGLISH) -> str:
    """A statement in words; "" for None."""
    if statement is None:
        return ""
    key = f"statistics.{statement.code}"
    values = {name: _written(name, value, language) for name, value in statement.values.items()}
    if "count" in statement.values:
        key += ".one" if language.is_one(statement.values["count"]) else ".other"
    return language.say(key, **values)


def _written(name: str, value: object, language: Language) -> str:
    """A p value with three digits, other numbers with two, whole ones with none."""
    if isinstance(value, Interval):
        return language.say("interval", low=language.number(value.low, ".2f"), high=language.number(value.high, ".2f"))
    return language.number(value, ".3f" if name == "p" else ".2f") if isinstance(value, float) else str(value)
