"""Leaves a server alone that does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable

FAILURES = 3
FIRST_SECONDS, SECONDS = 0.5, 5.0
"""Until the first trial, and between later ones at most: each pause is twice the one before."""


class CircuitBreaker:
    """Stops asking a server that does not answer: opens after `failures` in a row, at once after one that was waited
    for, until a trial succeeds. No caller waits for a trial."""

    def __init__(self, failures: int = FAILURES, clock: Callable[[], float] = time.monotonic) -> None:
        self._failures, self._clock = failures, clock
        self._in_a_row = 0
        self._due: float | None = None  # of the next trial; None while closed
        self._pause = FIRST_SECONDS
        self._on_trial = False

    def allows(self) -> bool:
        """Whether a command may be sent now. After a True, say how it went."""
        return self._due is None

    def wants_trial(self) -> bool:
        """Whether it is time to ask the server something that nobody waits for; only once for each trial. After a True,
        say how it went."""
        if self._due is None or self._on_trial or self._clock() < self._due:
            return False
        self._on_trial = True
        return True

    def succeeded(self) -> None:
        """The server answered."""
        self._in_a_row, self._due, self._on_trial, self._pause = 0, None, False, FIRST_SECONDS

    def failed(self, waited: bool) -> bool:
        """The server did not answer; `waited`: its time ran out. Returns whether this opened the breaker (again)."""
        self._in_a_row += 1
        if self._due is not None and not self._on_trial:
            return False  # a command that was on its way when the breaker opened does not prolong it
        if self._due is None and not waited and self._in_a_row < self._failures:
            return False
        self._due, self._on_trial = self._clock() + self._pause, False
        self._pause = min(2 * self._pause, SECONDS)
        return True
