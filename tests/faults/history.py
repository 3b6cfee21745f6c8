"""What may be said of a record of calls (tests.faults.traffic) and of one of faults.

Every call that was begun has exactly one line, and of every line one of these holds: the images that the oracle has
computed; no images and nothing to judge; a code by which the client knows that it may simply ask again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

AGAIN = frozenset({"UNAVAILABLE", "RESOURCE_EXHAUSTED"})
"""Codes that a fault may give."""


@dataclass(frozen=True)
class Line:
    """One call; times in time.monotonic() seconds."""

    start: float
    end: float
    path: str
    code: str
    right: bool | None
    details: str


def read(path: Path) -> list[Line]:
    """The lines of a record; the last may be on its way."""
    text = path.read_text() if path.exists() else ""
    return [Line(*json.loads(line)) for line in text[: text.rfind("\n") + 1].splitlines()]


def broken(lines: Sequence[Line], allowed: frozenset[str] = AGAIN) -> list[str]:
    """The promises that a record breaks, in words; none is what is wanted."""
    wrong = sum(line.right is False for line in lines)
    found = [f"{wrong} answers with other bytes than the oracle's"] if wrong else []
    codes = Counter(line.code for line in lines if line.code != "OK")
    found += [f"{count} calls ended {code}" for code, count in sorted(codes.items()) if code not in allowed]
    leaks = [line.details for line in lines if any(word in line.details for word in ("Traceback", "ray::", "pid="))]
    return found + ([f"a client was told {leaks[0]!r}"] if leaks else [])


def counts(lines: Sequence[Line]) -> dict[str, int]:
    """How many calls of each code, and how many of the right answers were compared."""
    return dict(Counter(line.code for line in lines)) | {"compared": sum(line.right is True for line in lines)}


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
