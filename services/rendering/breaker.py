"""Leaves a server alone that does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable

FAILURES = 3
SECONDS = 5.0


class CircuitBreaker:
    """Stops asking a server that does not answer: opens after `failures` in a row for `seconds`, then lets one trial
    pass at a time; a success closes it, a failed trial opens it again."""

    def __init__(
        self,
        failures: int = FAILURES,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures, self._seconds, self._clock = failures, seconds, clock
        self._in_a_row = 0
        self._opened_at: float | None = None
        self._trial = False

    def allows(self) -> bool:
        """Whether a command may be sent now. After a True, report how it went with succeeded, failed or abandoned."""
        if self._opened_at is None:
            return True
        if self._trial or self._clock() - self._opened_at < self._seconds:
            return False
        self._trial = True
        return True

    def succeeded(self) -> None:
        """The server answered."""
        self._in_a_row, self._opened_at, self._trial = 0, None, False

    def abandoned(self) -> None:
        """The caller went away before the server answered: this says nothing about the server."""
        self._trial = False

    def failed(self) -> bool:
        """The server did not answer. Returns whether this opened the breaker (again)."""
        self._in_a_row += 1
        # Commands that were on their way when the breaker opened do not prolong it.
        opens = self._trial if self._opened_at is not None else self._in_a_row >= self._failures
        if opens:
            self._opened_at, self._trial = self._clock(), False
        return opens
