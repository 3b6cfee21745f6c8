"""How many images per second the engine draws, learned from what comes back."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

MEMORY_SECONDS = 10.0
"""What was seen longer ago counts for less than a third."""
EVIDENCE_SECONDS = 1.0
"""So long must the engine have been busy, within memory, before a figure is believed."""


class Capacity:
    """Images per second of a busy engine.

    Time in which fewer images than a batch are wanted says nothing: an engine that has little to do is as fast as its
    callers. So nothing is known at first and after a quiet while, and what was learned of images of one size gives
    way to what is learned of another.

    Args:
        busy_from: images wanted at a time, 1 or more, that keep the engine busy.
        clock: seconds, monotonic.
    """

    def __init__(self, busy_from: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._busy_from = busy_from
        self._clock = clock
        self._last = clock()
        self._seconds = 0.0
        self._images = 0.0

    def note(self, wanted: int, drawn: int = 0) -> None:
        """Since the last note `wanted` images were asked of the engine, and `drawn` of them have just come."""
        now = self._clock()
        elapsed, self._last = now - self._last, now
        kept, busy = math.exp(-elapsed / MEMORY_SECONDS), wanted >= self._busy_from
        self._seconds = self._seconds * kept + busy * elapsed
        self._images = self._images * kept + busy * drawn

    @property
    def images_per_second(self) -> float | None:
        """None while it is not known."""
        if self._seconds < EVIDENCE_SECONDS or self._images < 1:
            return None
        return self._images / self._seconds
