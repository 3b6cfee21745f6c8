"""What checkpoint.json must be, as far as it is read: a file that was damaged or changed is told by its field.

Fields may be missing: older versions did not write all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

Form = Mapping[str, "Form"] | list["Form"] | Callable[[Any], str | None]
"""Of fields by their names, of the items of a list, or what says what was expected of a value that is wrong."""

MOST = 2**53
"""Of counts."""


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) else "a text"


def _count(value: Any) -> str | None:
    right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
    return None if right else f"a whole number, 0 to {MOST}"


def _number(value: Any) -> str | None:
    right = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return None if right else "a number"


def _counts(value: Any) -> str | None:
    right = isinstance(value, dict) and not any(map(_count, value.values()))
    return None if right else "whole numbers by name"


def _counts_by_name(value: Any) -> str | None:
    right = isinstance(value, dict) and not any(map(_counts, value.values()))
    return None if right else "whole numbers by name, of each label"


def _origin(value: Any) -> str | None:
    right = isinstance(value, dict) and all(isinstance(value.get(name), str) for name in ("kind", "sha256"))
    return None if right else "texts, kind and sha256 among them"


_NUMBERS = ("resolution", "images", "held_out", "patients", "patients_held_out", "of_nobody")
_DATA: Form = {
    **dict.fromkeys(("digest", "licence", "attribution"), _text),
    **dict.fromkeys(_NUMBERS, _count),
    **dict.fromkeys(("views", "sides"), _counts),
    "labels": _counts_by_name,
}
_ANCESTOR: Form = {
    **dict.fromkeys(("digest", "command", "imported", "data_digest"), _text),
    "kimg": _number,
    "data": _DATA,
}
_FORM: Form = {
    "generator": {},
    "training_options": {"label_dropout": _number, "projected": _text},
    "teachers": [_text],
    "dataset_digest": _text,
    "data": _DATA,
    "ancestors": [_ANCESTOR],
    "imported": _origin,
    "step": _count,
    "images_seen": _count,
}


def fault_of(content: dict[str, Any]) -> str | None:
    """What is wrong in it, such as "images_seen is 'x'; expected a whole number", or None."""
    return _fault(content, _FORM, "")


def _fault(value: Any, form: Form, place: str) -> str | None:
    if callable(form):
        expected = form(value)
    else:
        kind, called = (list, "a list") if isinstance(form, list) else (dict, "an object")
        expected = None if issubclass(type(value), kind) else called
    if expected:
        return f"{place} is {ascii(value)[:80]}; expected {expected}"
    if isinstance(form, list):
        inner = ((one, form[0], f"{place}[{i}]") for i, one in enumerate(value))
    else:
        lead = f"{place}." if place else ""
        fields = {} if callable(form) else form
        inner = ((value[name], fields[name], f"{lead}{name}") for name in fields if name in value)
    return next(filter(None, (_fault(*each) for each in inner)), None)
