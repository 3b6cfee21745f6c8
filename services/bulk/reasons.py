"""Why a job waits or could not go on: in English, and as a code with values, of which pages have sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from google.protobuf import json_format

from mammoganesis.errors import (
    DeadlineExceeded,
    DiskFull,
    InvalidArgument,
    MammoganesisError,
    PermissionDenied,
    ResourceExhausted,
    TooNear,
    Unavailable,
)
from mammoganesis.terminal.commands import one_line
from mammoganesis.v1.bulk_service_pb2 import JobReason

MAX_VALUE_CHARACTERS = 300


class Code(StrEnum):
    """All reasons that pages have a sentence of, with the values that fill its gaps."""

    QUOTA_OWN = "quota_own"
    QUOTA_GROUP = "quota_group"  # group
    SERVER_AWAY = "server_away"
    SERVER_LATE = "server_late"
    SERVER_BUSY = "server_busy"
    SERVER_FAILED = "server_failed"
    DENIED = "denied"
    VALUE = "value"  # field
    OTHER_BUNDLE = "other_bundle"  # wanted, here: the beginnings of digests
    TOO_NEAR = "too_near"
    COPIES = "copies"  # image: its number
    OUTSIDE = "outside"  # place, allowed
    IN_USE = "in_use"  # place
    NOT_EMPTY = "not_empty"  # place
    DAMAGED = "damaged"  # place
    OTHER_JOB = "other_job"  # place, fields
    VANISHED = "vanished"  # place
    STORE_AWAY = "store_away"  # place, text: of the store
    STORE_REFUSES = "store_refuses"  # place, text: of the store
    DISK_FULL = "disk_full"  # place
    FILE = "file"  # text: of the operating system
    INTERNAL = "internal"  # error: its id in the runner's log
    TAKEN_OVER = "taken_over"


_KINDS: Mapping[type[Exception], Code] = {
    TooNear: Code.TOO_NEAR,
    Unavailable: Code.SERVER_AWAY,
    DeadlineExceeded: Code.SERVER_LATE,
    ResourceExhausted: Code.SERVER_BUSY,
    PermissionDenied: Code.DENIED,
}
"""Of errors that say no more."""
_QUOTA = re.compile(r"quota \w+_per_day of (?:yours|group (?P<group>.+)): \d+ of \d+ are used", re.DOTALL)


@dataclass(frozen=True)
class Reason:
    """One reason; without a code where pages have no sentence of it."""

    text: str  # English
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, error: MammoganesisError | OSError) -> Reason:
        """Why, of what was raised."""
        text = one_line(error)
        if not isinstance(error, MammoganesisError):
            full = text == one_line(DiskFull(error.filename or "a file"))
            code = (Code.DISK_FULL, {"place": str(error.filename or "")}) if full else (Code.FILE, {"text": text})
            return cls(text, *code)
        if error.code in tuple(Code):  # others have sentences elsewhere
            return cls(text, error.code, {name: str(value) for name, value in error.values.items()})
        if isinstance(error, DiskFull):
            return cls(text, Code.DISK_FULL, {"place": error.place})
        if isinstance(error, InvalidArgument) and error.field:
            return cls(text, Code.VALUE, {"field": error.field})
        if quota := _QUOTA.match(error.message):
            group = quota["group"]
            return cls(text, Code.QUOTA_GROUP, {"group": group}) if group else cls(text, Code.QUOTA_OWN)
        if type(error) is MammoganesisError:
            return cls(text, Code.SERVER_FAILED)
        return cls(text, next((_KINDS[kind] for kind in type(error).__mro__ if kind in _KINDS), ""))

    def message(self) -> JobReason | None:
        """As it is sent; None without a code."""
        values = {name: value[:MAX_VALUE_CHARACTERS] for name, value in self.values.items()}
        return JobReason(code=self.code, values=values) if self.code else None


NOTHING = Reason("")


def coded_json(reason: JobReason) -> str:
    """A coded reason as it is kept; "" for none."""
    return json_format.MessageToJson(reason, indent=None, sort_keys=True) if reason.code else ""


def coded(text: str) -> JobReason | None:
    """What is kept, read again."""
    return json_format.Parse(text, JobReason(), ignore_unknown_fields=True) if text else None
