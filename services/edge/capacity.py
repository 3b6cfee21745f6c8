"""How many images per second the engine draws, learned from what comes back."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

MEMORY_SECONDS = 5.0
"""What was seen longer ago counts for less than a third."""
EVIDENCE_SECONDS = 1.0
"""So long must the engine have been busy, within memory, before a figure is believed."""
FORGOTTEN_SECONDS = 15.0
"""With too little to do, after which nothing has been learned any more."""
STILL_FACTOR = 3.0
"""Images that take so many times what those before them took, and `EVIDENCE_SECONDS` at least, come from an engine that
stood still meanwhile, or is another: time beyond that is none in which it drew. One that is slower is so with the next
images too."""
GUESS_CALLS = 3
"""So many calls have to be seen before a guess is made."""
LEAST_SECONDS = 1e-3
"""That a call is taken to need."""
SLOWER_SHARE = 0.1
"""By which a guess goes towards what is slower, with each call; to what is faster it goes at once."""


class Capacity:
    """Images per second of a busy engine.

    Learned is what comes from an engine that has enough to do. Time in which fewer images than a batch are wanted says
    nothing: an engine that has little to do is as fast as its callers. So nothing has been learned at first and after
    a quiet while, and what was learned of images of one size gives way to what is learned of another. Images count for
    all the busy time since those before them: the 64 of one call come at once, after minutes perhaps.

    Until something has been learned there is a guess: an engine that has drawn the images of one call within some time
    is at least as fast as that, and about as fast as it was when it last had enough to do. A few calls have to agree:
    the first of all wakes what slept, and is slow.

    Args:
        busy_from: images wanted at a time, 1 or more, that keep the engine busy.
        clock: seconds, monotonic.
    """

    def __init__(self, busy_from: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._busy_from = busy_from
        self._clock = clock
        self._last = self._last_image = clock()
        self._seconds = 0.0
        self._images = 0.0
        self._since = 0.0  # busy seconds since the last image
        self._guess = 0.0  # images per second
        self._calls = 0  # that it is made of

    def note(self, wanted: int, drawn: int = 0) -> None:
        """Since the last note `wanted` images were asked of the engine, and `drawn` of them have just come."""
        now = self._clock()
        elapsed, self._last = now - self._last, now
        if wanted < self._busy_from:
            return
        self._since += elapsed
        if drawn:
            kept = math.exp((self._last_image - now) / MEMORY_SECONDS)
            since = self._since
            if self._images:
                since = min(since, STILL_FACTOR * max(EVIDENCE_SECONDS, drawn * self._seconds / self._images))
            self._seconds = self._seconds * kept + since
            self._images = self._images * kept + drawn
            self._since, self._last_image = 0.0, now
            if learned := self.learned:
                self._see(learned)

    def drew(self, images: int, seconds: float) -> None:
        """The images of one call, 1 or more, came `seconds` after the engine was given it."""
        self._calls += 1
        self._see(images / max(seconds, LEAST_SECONDS))

    @property
    def learned(self) -> float | None:
        """Images per second of the engine that has enough to do; None while that is not known."""
        quiet = self._clock() - self._last_image - self._since
        if self._seconds < EVIDENCE_SECONDS or quiet > FORGOTTEN_SECONDS:
            return None
        return self._images / (self._seconds + self._since)

    @property
    def images_per_second(self) -> float | None:
        """What was learned, or the guess; None while there is neither."""
        return self.learned or (self._guess if self._calls >= GUESS_CALLS else None)

    def _see(self, rate: float) -> None:
        self._guess = max(rate, self._guess + SLOWER_SHARE * (rate - self._guess))
