"""How much a caller may ask for: one document of the operator, and what it says of a principal. No counting.

The document is TOML, or JSON where the file's name ends in .json:

    [default]                                  # of every principal that is known
    images_per_day = 2000
    calls_per_minute = 300

    [roles.researcher]                         # instead, of who has the role; of several roles the most generous counts
    images_per_day = "unlimited"

    [principals."https://login.example.org|4711"]   # instead, of one
    streams = 2

    [groups.radiology]                         # besides, of all members of a group together
    images_per_day = 20000

    [anonymous]                                # of each host whose callers have not said who they are, such as takers
    calls_per_minute = 600                     # of quizzes

    [everybody]                                # of each host, where identity is off

What is not named is not limited. Days and minutes are those of UTC.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from mammoganesis.errors import InvalidArgument, Overloaded, ResourceExhausted
from mammoganesis.json_text import NotJson, read_json
from services.access.principals import ANONYMOUS, EVERYBODY, SERVICE, Principal, Role

MAX_FILE_BYTES = 2**20
MAX_LIMIT = 10**15
UNLIMITED = "unlimited"


class Quota(StrEnum):
    """What is limited."""

    IMAGES_PER_DAY = "images_per_day"
    BYTES_PER_DAY = "bytes_per_day"  # of answers
    CALLS_PER_MINUTE = "calls_per_minute"
    QUEUED_IMAGES = "queued_images"  # asked for and not answered yet, at a time
    STREAMS = "streams"  # at a time

    @property
    def seconds(self) -> int | None:
        """Its window; None for what is counted at a time."""
        return {"day": 86_400, "minute": 60}.get(self.rpartition("_per_")[2]) if "_per_" in self else None


Limits = Mapping[Quota, int | None]
"""None: unlimited, said so; missing: not said."""


HELD_RETRY_SECONDS = 1.0
"""After which more may be asked for of what is counted at a time."""
LONG_WAIT_SECONDS = 60.0
"""Who waits for longer, as a server has said, waits for a quota's next day: that is no fault, and others go first."""


def refusal(
    state: tuple[Quota, str, int, int], amount: int, now: float, ends: float | None, what: str = ""
) -> ResourceExhausted:
    """Why there is no more of a quota.

    Args:
        state: the quota, whose it is (as in `Share`), what is used of it, and its limit.
        amount: that is asked for.
        now: seconds since 1970.
        ends: when it begins anew, in seconds since 1970; None: it is counted at a time.
        what: is refused, and why, before the words of the quota.

    Returns:
        an Overloaded with the time after which there is more, where there ever is.
    """
    quota, whose, used, limit = state
    words = f"{what}quota {quota} {whose}"
    if amount > limit:
        return ResourceExhausted(f"{words}: {amount} are asked for, and {limit} are all that there ever are")
    more = f", and {amount} more asked for" if amount > 1 else ""
    if ends is None:
        text = f"{words}: {used} of {limit} are taken{more}; try again in a moment"
        return Overloaded(text, HELD_RETRY_SECONDS, "quota")
    at = datetime.fromtimestamp(ends, UTC)
    text = f"{words}: {max(0, used)} of {limit} are used{more}; try again at {at:%Y-%m-%d %H:%M:%S} UTC"
    return Overloaded(text, max(0.001, ends - now), "quota")


@dataclass(frozen=True)
class Share:
    """What one caller or group may have.

    Attributes:
        key: of its counts.
        whose: for the caller, such as "of group radiology".
    """

    key: str
    whose: str
    limits: Mapping[Quota, int]


@dataclass(frozen=True)
class Quotas:
    """The document."""

    default: Limits = field(default_factory=dict)
    anonymous: Limits = field(default_factory=dict)
    everybody: Limits = field(default_factory=dict)
    roles: Mapping[str, Limits] = field(default_factory=dict)
    groups: Mapping[str, Limits] = field(default_factory=dict)
    principals: Mapping[str, Limits] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path, name: str) -> Quotas:
        """The document in a file; `name`: of the setting.

        Raises:
            InvalidArgument: it cannot be read, or says something that is no quota.
        """
        try:
            with file.open("rb") as opened:
                data = opened.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise InvalidArgument(name, str(file), f"a file that can be read ({error.strerror})") from None
        if len(data) > MAX_FILE_BYTES:
            raise InvalidArgument(name, str(file), f"at most {MAX_FILE_BYTES} bytes")
        try:
            values = read_json(data) if file.suffix.lower() == ".json" else tomllib.loads(data.decode())
        except (NotJson, ValueError, RecursionError) as error:  # of TOML also a number of 5000 digits, 1000 brackets
            raise InvalidArgument(name, str(file), f"TOML, or JSON in a file named .json ({error})") from None
        try:
            return cls.of_values(values)
        except InvalidArgument as error:
            raise error.in_file(file) from None

    @classmethod
    def of_values(cls, values: Any) -> Quotas:
        """Of what a document says; raises InvalidArgument with the path of the value."""
        rows, tables = ("default", "anonymous", "everybody"), ("roles", "groups", "principals")
        document = _table(values, "document")
        for name in document:
            if name not in (*rows, *tables):
                raise InvalidArgument(name, document[name], f"one of the tables {', '.join((*rows, *tables))}")
        read: dict[str, Any] = {name: _limits(document.get(name, {}), name) for name in rows}
        for name in tables:
            table = _table(document.get(name, {}), name)
            read[name] = {key: _limits(row, f"{name}.{key}") for key, row in table.items()}
        for role in read["roles"]:
            if role not in list(Role):
                raise InvalidArgument(f"roles.{role}", role, ", ".join(Role))
        for key in read["principals"]:
            if not all(key.partition("|")):
                raise InvalidArgument(f"principals.{key}", key, "an issuer, '|' and a subject")
        return cls(**read)

    def shares(self, principal: Principal, host: str) -> list[Share]:
        """What counts for a call; `host`: where it comes from, as gRPC names it."""
        if principal == SERVICE:
            return []
        if principal in (ANONYMOUS, EVERYBODY):
            limits = self.anonymous if principal == ANONYMOUS else self.everybody
            return _shares((f"host:{host}", "of this host", limits))
        mine = (f"principal:{principal.key}", "of yours", self._of(principal))
        groups = [(f"group:{name}", f"of group {name}", self.groups[name]) for name in self.known_groups(principal)]
        return _shares(mine, *groups)

    def known_groups(self, principal: Principal) -> list[str]:
        """The groups of a principal that have quotas."""
        return [name for name in dict.fromkeys(principal.groups) if name in self.groups]

    def _of(self, principal: Principal) -> Limits:
        limits = dict(self.default)
        rows = [self.roles[role] for role in sorted(principal.roles) if role in self.roles]
        for quota in Quota:
            said = [row[quota] for row in rows if quota in row]
            if said:
                limits[quota] = None if None in said else max(value for value in said if value is not None)
        return limits | dict(self.principals.get(principal.key, {}))


def _shares(*rows: tuple[str, str, Limits]) -> list[Share]:
    found = []
    for key, whose, limits in rows:
        set_limits = {quota: limit for quota, limit in limits.items() if limit is not None}
        if set_limits:
            found.append(Share(key, whose, set_limits))
    return found


def _table(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidArgument(name, value, "a table")
    return value


def _limits(value: Any, name: str) -> Limits:
    limits: dict[Quota, int | None] = {}
    for key, limit in _table(value, name).items():
        if key not in list(Quota):
            raise InvalidArgument(f"{name}.{key}", key, ", ".join(Quota))
        whole = isinstance(limit, int) and not isinstance(limit, bool) and 0 <= limit <= MAX_LIMIT
        if not whole and limit != UNLIMITED:
            raise InvalidArgument(f"{name}.{key}", limit, f"a whole number, 0 to {MAX_LIMIT}, or {UNLIMITED!r}")
        limits[Quota(key)] = int(limit) if whole else None  # type: ignore[arg-type]
    return limits
