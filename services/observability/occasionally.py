"""A line that would be said for every call is said once in a while."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS = 60.0


class Occasionally:
    """Lets one line of a kind through in `seconds`, and counts those that it holds back."""

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._said: dict[str, float] = {}
        self._held: dict[str, int] = {}

    def due(self, kind: str) -> str | None:
        """What follows the line: "", or how many more there were since the one before; None to say nothing now."""
        now = self._clock()
        if kind in self._said and now - self._said[kind] < self._seconds:
            self._held[kind] = self._held.get(kind, 0) + 1
            return None
        self._said[kind] = now
        held = self._held.pop(kind, 0)
        return f" ({held} more since the last such line)" if held else ""
