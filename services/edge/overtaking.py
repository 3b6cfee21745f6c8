"""Calls that others have overtaken are given to another replica.

Of two replicas that stand side by side one may stand still. The application serves, HAProxy sends new calls to the
other within seconds, and what the first one holds would wait until Ray Serve has replaced it, half a minute later. The
engine draws in the order in which it is asked: so a call that is still without an answer for as long as a later one of
the same kind took, and `GRACE_SECONDS` at least, after that one has had its own, is in a replica that stands still. It
is made again, once: made for nothing it costs its images a second time, and nothing else.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.edge.calls import Call
from services.edge.routes import RECORDS, Route

GRACE_SECONDS = 5.0
"""After the answer of a later call. HAProxy takes a replica that stands still out after two checks, 2 to 3 seconds:
sooner a call would come back to it."""

_numbers = itertools.count()


class LeftBehind(Exception):  # noqa: N818
    """Ends an attempt at a call that is to be made again."""


@dataclass(eq=False)
class Attempt:
    """One attempt at a call, until its first answer."""

    path: str
    images: int
    background: bool
    limit: asyncio.Timeout
    number: int = field(default_factory=lambda: next(_numbers))
    began: float = field(default_factory=time.monotonic)
    has_answer: bool = False

    def is_overtaken_by(self, other: Attempt) -> bool:
        """Whether an engine that goes by order would have drawn this one before the other."""
        return self.number < other.number and self.images <= other.images and (other.background or not self.background)


class Overtaking:
    """Of all calls of an edge."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[Attempt]] = defaultdict(set)

    @asynccontextmanager
    async def watched(self, route: Route, call: Call) -> AsyncIterator[Attempt]:
        """While one attempt at a call waits for its end, or until `answered`.

        Raises:
            LeftBehind: others have overtaken it.
        """
        attempt = Attempt(call.path, call.images, call.background, asyncio.timeout(None))
        watched = route.repeatable and route.application != RECORDS and not route.client_streaming
        try:
            async with attempt.limit:
                if watched and call.may_be_passed_on:
                    self._waiting[call.path].add(attempt)
                try:
                    yield attempt
                    self.answered(attempt)
                finally:
                    self._waiting[call.path].discard(attempt)
        except TimeoutError:
            if not attempt.limit.expired():
                raise
            call.passed_on = True
            raise LeftBehind from None

    def answered(self, attempt: Attempt) -> None:
        """It has its first answer; further ones change nothing."""
        if attempt.has_answer:
            return
        attempt.has_answer = True
        waiting = self._waiting[attempt.path]
        waiting.discard(attempt)
        if attempt.limit.when() is not None:
            attempt.limit.reschedule(None)
        grace = max(GRACE_SECONDS, time.monotonic() - attempt.began)
        for other in waiting:
            if other.limit.when() is None and other.is_overtaken_by(attempt):
                other.limit.reschedule(asyncio.get_running_loop().time() + grace)
