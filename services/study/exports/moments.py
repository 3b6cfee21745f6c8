"""Times and lengths of time as other programs read them: ISO 8601."""

from __future__ import annotations

import datetime


def iso(microseconds: int) -> str:
    """A time since 1970, UTC, to the millisecond; 0, which is no time, is ""."""
    if not microseconds:
        return ""
    at = datetime.datetime.fromtimestamp(microseconds / 1e6, datetime.UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_duration(seconds: float) -> str:
    """Such as "PT12.3S"."""
    return f"PT{seconds:.2f}".rstrip("0").rstrip(".") + "S"
