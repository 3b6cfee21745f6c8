"""Texts, names and times in requests: each function raises InvalidArgument with the field's path."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Sequence

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.fields import text, within

MAX_TITLE = 200  # characters
MAX_QUERY = 200
MAX_PAGE = 200
DEFAULT_PAGE = 50

_NAME = re.compile(r"[a-z0-9_-]{1,32}")
LATEST_SECONDS = 253_402_300_799  # 9999-12-31, the last that a Timestamp holds


def title(field: str, value: str) -> None:
    """1 to MAX_TITLE characters in one line."""
    text(field, value, MAX_TITLE, least=1, lines=False)


def without_nul(request: Message) -> None:
    """No text of the request itself, most of which are ids, has a NUL: nothing is called so, and PostgreSQL fails.
    Texts of messages inside have rules of their own."""
    for field, value in request.ListFields():
        if field.type == FieldDescriptor.TYPE_STRING:
            for each in [value] if isinstance(value, str) else value:
                if "\0" in each:
                    raise InvalidArgument(field.name, each, "text without NUL")


def names(field: str, values: Sequence[str], what: str) -> None:
    """Names inside a case, each once; `field` has a "{}" for the index."""
    for i, value in enumerate(values):
        if not _NAME.fullmatch(value):
            allowed = '1 to 32 lower-case letters, digits, "_" and "-"'
            raise InvalidArgument(field.format(i), value, allowed)
        if value in values[:i]:
            raise InvalidArgument(field.format(i), value, f"each {what} once")


def known_names(field: str, values: Sequence[str], known: Sequence[str], what: str) -> None:
    """Names that there are, each once."""
    for i, value in enumerate(values):
        if value not in known:
            raise InvalidArgument(f"{field}[{i}]", value, ", ".join(known) or f"none: this case has no {what}")
        if value in values[:i]:
            raise InvalidArgument(f"{field}[{i}]", value, f"each {what} once")


def page_size(value: int) -> int:
    """Of a list; 0 is the default."""
    within("page_size", value, 0, MAX_PAGE)
    return value or DEFAULT_PAGE


def words(query: str) -> list[str]:
    """What a title has to hold."""
    text("query", query, MAX_QUERY)
    return folded(query).split()


def folded(value: str) -> str:
    """As titles are searched: without capitals and accents."""
    plain = unicodedata.normalize("NFKD", value.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character)).casefold()


def future(field: str, value: Timestamp) -> int:
    """Microseconds since 1970 of a time that is still to come."""
    now = time.time()
    if not (now < value.seconds <= LATEST_SECONDS and 0 <= value.nanos < 10**9):
        raise InvalidArgument(field, f"{value.seconds} seconds since 1970", f"a time after now, which is {now:.0f}")
    return value.ToMicroseconds()


def moment(field: str, value: Timestamp) -> int:
    """Microseconds since 1970 of any time that a Timestamp may hold."""
    within(field, value.seconds, 0, LATEST_SECONDS, "seconds since 1970")
    within(f"{field}.nanos", value.nanos, 0, 999_999_999, "nanoseconds")
    return value.ToMicroseconds()
