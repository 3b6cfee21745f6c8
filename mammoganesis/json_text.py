"""The one door for JSON from outside: Python's reader takes more than JSON, and raises more than it says.

It takes NaN and Infinity, makes infinity of 1e400, halves of surrogate pairs that no file or message can hold, and ends
in RecursionError for lists in lists. Here all that, and text that is no JSON, is one kind of error with one line.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

MAX_DEPTH = 40  # objects and lists inside each other
MAX_DIGITS = 4000  # of an integer; Python itself stops at 4300
_BEYOND_64_BITS = 2**64


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
        found = json.loads(whole, parse_int=_integer, parse_constant=_refuse_constant if finite else None)
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise NotJson(_TOO_DEEP) from None
    _check(found, finite)
    return found


_TOO_DEEP = f"more than {MAX_DEPTH} levels deep"


def _check(found: Any, finite: bool) -> None:
    pending = [(found, 1)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_DEPTH and isinstance(value, (dict, list)):
            raise NotJson(_TOO_DEEP)
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, dict):
            for key in value:
                _check_text(key)
            pending += [(part, depth + 1) for part in value.values()]
        elif isinstance(value, list):
            pending += [(part, depth + 1) for part in value]
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
