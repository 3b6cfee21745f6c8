"""Checks of single fields, for recipes and requests alike: each raises InvalidArgument with the field's path."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.message import Message

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.limits import MAX_RECIPES


def within(field: str, value: float, low: float, high: float, unit: str = "") -> None:
    """A finite number from `low` to `high`."""
    # NaN compares false with everything.
    if not (math.isfinite(value) and low <= value <= high):
        raise InvalidArgument(field, value, f"{low:.12g} to {high:.12g} {unit}".rstrip())


def text(field: str, value: str, most: int, least: int = 0, lines: bool = True) -> None:
    """`least` to `most` characters, not all of them spaces where one is needed; control characters are refused, but for
    tabs and ends of lines where `lines` says so."""
    within(field, len(value), least, most, "characters")
    if least and not value.strip():
        raise InvalidArgument(field, value, "a text that is not empty")
    kept = "\t\n\r" if lines else ""
    for character in value:
        if unicodedata.category(character) == "Cc" and character not in kept:
            raise InvalidArgument(field, value, f"text without control characters such as {character!a}")


def one_of(message: Message, group: str, field: str) -> str:
    """The field of a oneof that is set; one has to be."""
    chosen = message.WhichOneof(group)
    if chosen is None:
        names = ", ".join(f.name for f in message.DESCRIPTOR.oneofs_by_name[group].fields)
        raise InvalidArgument(field or group, None, f"exactly one of {names}")
    return chosen


def known(field: str, value: int, enum: Any) -> None:
    """A number that the enum knows."""
    if value not in enum.values():
        raise InvalidArgument(field, value, ", ".join(enum.keys()))


def curated(field: str, name: str, names: Mapping[str, object], what: str, count: int) -> None:
    """A curated name of the bundle, for one of its `count` components or regions (`what`)."""
    if name not in names:
        listed = ", ".join(sorted(names)) if names else "no name, because this bundle has none"
        raise InvalidArgument(field, name, f"{listed}; or a {what} index, 0 to {count - 1}")


def distinct(field: str, values: Sequence[int] | Sequence[str], what: str) -> None:
    """No value twice."""
    if len(set(values)) != len(values):
        twice = next(value for i, value in enumerate(values) if value in values[:i])
        raise InvalidArgument(field, f"{what} {twice} twice", f"each {what} once")


def at_most_recipes(count: int, field: str, most: int = MAX_RECIPES) -> None:
    """At most `most` recipes, those inside others included."""
    if count > most:
        raise InvalidArgument(field, f"{count} recipes", f"at most {most} recipes, those inside others included")
