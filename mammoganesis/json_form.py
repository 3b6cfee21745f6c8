"""What JSON from outside must be, as far as it is read: a text that was damaged or changed is told by its field.

A form says it of every field that somebody reads; what it does not name may be anything. `fault_of` finds the first
value that is not as its form says.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Check = Callable[[Any], str | None]
"""Says what was expected in place of a value that is wrong; None for one that is right."""


@dataclass(frozen=True)
class Needed:
    """Of a field that must be there. Others may be missing: older versions did not write all of them."""

    form: Form


@dataclass(frozen=True)
class OrNull:
    """Of a value that may be null as well."""

    form: Form


@dataclass(frozen=True)
class ByName:
    """Of all values of an object, whatever their names."""

    form: Form


Form = Mapping[str, "Form | Needed"] | list["Form"] | OrNull | ByName | Check
"""Of fields by their names, of the items of a list, of one of the above, or a check of one value."""

MOST = 2**53
"""Of counts."""


def text(value: Any) -> str | None:
    """A string."""
    return None if isinstance(value, str) else "a text"


def truth(value: Any) -> str | None:
    """true or false."""
    return None if isinstance(value, bool) else "true or false"


def number(value: Any) -> str | None:
    """A finite number."""
    right = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
    return None if right else "a number"


def whole(lowest: int, highest: int = MOST) -> Check:
    """A check for whole numbers within bounds."""

    def check(value: Any) -> str | None:
        right = isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest
        return None if right else f"a whole number, {lowest} to {highest}"

    return check


count = whole(0)


def among(*allowed: str | int) -> Check:
    """A check for one of a few values."""

    def check(value: Any) -> str | None:
        right = any(type(value) is type(one) and value == one for one in allowed)
        return None if right else " or ".join(map(str, allowed))

    return check


def fault_of(value: Any, form: Form, place: str = "") -> str | None:
    """What is wrong in a value, such as "images_seen is 'x'; expected a whole number, 0 to 9", or None.

    Args:
        value: as `json_text.read_json` returns it.
        form: what it must be.
        place: how messages call the value itself; its fields have their own names after that.
    """
    if isinstance(form, OrNull):
        return None if value is None else fault_of(value, form.form, place)
    if callable(form):
        return _wrong(place, value, form(value))
    if not isinstance(value, list if isinstance(form, list) else dict):
        return _wrong(place, value, _kind(form))
    return next(filter(None, _faults_in(value, form, place)), None)


def _faults_in(value: Any, form: Form, place: str) -> Iterator[str | None]:
    """Of the items of a list, or of the fields of an object."""
    if isinstance(form, list):
        yield from (fault_of(one, form[0], f"{place}[{i}]") for i, one in enumerate(value))
    elif isinstance(form, ByName):
        yield from (fault_of(one, form.form, _inside(place, name)) for name, one in value.items())
    elif isinstance(form, Mapping):
        for name, field in form.items():
            inner = field.form if isinstance(field, Needed) else field
            if name in value:
                yield fault_of(value[name], inner, _inside(place, name))
            elif isinstance(field, Needed):
                yield f"{_inside(place, name)} is missing; expected {_kind(inner)}"


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _wrong(place: str, value: Any, expected: str | None) -> str | None:
    return expected and f"{place or 'it'} is {ascii(value)[:80]}; expected {expected}"


def _kind(form: Form) -> str:
    if isinstance(form, OrNull):
        return f"{_kind(form.form)}, or null"
    if callable(form):
        return form(object()) or "a value"
    return "a list" if isinstance(form, list) else "an object"
