"""One entry of the audit log: who, when, what, about what, and how it ended. No names, no patients, no texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

MAX_TARGETS = 32
MAX_TARGET_CHARACTERS = 1200  # a destination of a bulk job is the longest
MAX_IMAGES = 64
"""In one entry; a stream of more has several."""
MAX_CHARACTERS = 520
"""Of every other text: issuer and subject are the longest."""

LOST = "entries lost"
"""Action of the entry that says how many could not be written down."""
PRUNED = "prune"
"""Action of the entry that says that the oldest were removed."""
MORE_REFUSED = "more refusals"
"""Action of the entry that counts refusals of more kinds within a minute than are written down one by one."""
SEVERAL = "nobody|several"
"""Whose they were, where these are known."""
REASON = "reason:"
"""Begins the target that says why nobody knows who makes a call, or why no login came of it."""
NOTED = ("login", "logout", "refused", "curate", "dicom_send")
"""What is no call, and is noted by one (AuditService.NoteAction)."""
OUTCOMES = (
    *("OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS"),
    *("PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED"),
    *("INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"),
)
"""Of what is noted: the statuses of gRPC."""
MAX_NOTED_TARGETS = 8
MAX_NOTED_CHARACTERS = 200
MAX_NOTED_COUNT = 1_000_000
BEGUN = "BEGUN"
"""Outcome of a change that is about to be made; its other entry says how it ended."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Image:
    """An image that was handed out."""

    latent_id: str  # "" where the picture is shown without its recipe
    file_sha256: str  # of the file, hexadecimal


@dataclass(frozen=True)
class Entry:
    """Before it has its place in the log.

    Attributes:
        entry_id: random, 32 hexadecimal digits; the same entry is added once.
        at: when it ended, microseconds since 1970.
        who: `Principal.key`.
        host: from where, as gRPC names it.
        action: an RPC without its package, or a word for what is none.
        outcome: name of a gRPC status, or BEGUN.
        targets: "kind:name" each.
        count: how often, for refusals in a row and for LOST.
    """

    entry_id: str
    at: int
    who: str
    action: str
    outcome: str = "OK"
    roles: tuple[str, ...] = ()
    host: str = ""
    request_id: str = ""
    targets: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    count: int = 1

    @property
    def bytes_held(self) -> int:
        """About how much memory it takes."""
        texts = (self.entry_id, self.who, self.action, self.outcome, self.host, self.request_id)
        return 400 + sum(map(len, (*texts, *self.roles, *self.targets))) + 160 * len(self.images)


def numbered(entry: Entry, number: int, recorded_at: int, previous: str) -> str:
    """The text of an entry at its place: what is hashed, stored and exported."""
    values = asdict(entry) | {"number": number, "recorded_at": moment(recorded_at), "previous": previous}
    return canonical(values | {"at": moment(entry.at)})


def canonical(values: Mapping[str, Any]) -> str:
    """JSON in ASCII with sorted keys and without spaces: one text for one content."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def moment(microseconds: int) -> str:
    """Since 1970, as ISO 8601 in UTC with six digits of a second."""
    return f"{_EPOCH + timedelta(microseconds=microseconds):%Y-%m-%dT%H:%M:%S.%f}Z"


def microseconds(text: str) -> int:
    """The other way; raises ValueError for what `moment` does not write."""
    return (datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z") - _EPOCH) // timedelta(microseconds=1)
