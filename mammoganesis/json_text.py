"""The one door for JSON from outside: Python's reader takes more than JSON, and raises more than it says.

It takes NaN and Infinity, makes infinity of 1e400, halves of surrogate pairs that no file or message can hold, and ends
in RecursionError for lists in lists. Here all that, and text that is no JSON, is one kind of error with one line.

How deep a text is comes before the reader: at the bottom of the stack whatever else the interpreter has to do just
then, as a finalizer of a file that nobody closed, fails too.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

MAX_DEPTH = 40  # objects and lists inside each other
MAX_DIGITS = 4000  # of an integer; Python itself stops at 4300
_BEYOND_64_BITS = 2**64
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)


class NotJson(ValueError):  # noqa: N818  (what the text is)
    """A text that is no JSON, or none that this software takes. The message says why, on one line."""


def read_json(text: str | bytes, *, finite: bool = True) -> Any:
    """What a JSON text says.

    Args:
        text: of any length; the caller bounds it. Bytes are UTF-8.
        finite: refuse numbers that are not finite, and integers of more than 64 bits. Without it they come back as
            Python reads them, for a caller that knows which field they belong to.

    Raises:
        NotJson: it is none, more than MAX_DEPTH deep, or holds an integer of more than MAX_DIGITS digits or half of a
            surrogate pair.
    """
    try:
        whole = text.decode() if isinstance(text, bytes) else text
        bound_depth(whole)
        found = json.loads(whole, parse_int=_integer, parse_constant=_refuse_constant if finite else None)
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON at line {error.lineno}, column {error.colno}") from None
    _check(found, finite)
    return found


def bound_depth(text: str) -> None:
    """Raises NotJson where a text, JSON or not, is more than MAX_DEPTH levels deep. For readers that are not ours."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        first = text[match.start()]
        if first in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise NotJson(f"more than {MAX_DEPTH} levels deep")
        elif first in "]}":
            depth -= 1


def _check(found: Any, finite: bool) -> None:
    pending = [found]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, dict):
            for key in value:
                _check_text(key)
            pending += value.values()
        elif isinstance(value, list):
            pending += value
        elif finite and isinstance(value, float) and not math.isfinite(value):
            raise NotJson("a number beyond the range of float64")
        elif finite and isinstance(value, int) and not -_BEYOND_64_BITS < value < _BEYOND_64_BITS:
            raise NotJson("an integer of more than 64 bits")


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotJson("half of a surrogate pair, which is no character") from None


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise NotJson(f"an integer of {len(digits)} digits; allowed: {MAX_DIGITS}")
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise NotJson(f"{name}, which is no JSON")
