"""Calls that others have overtaken, or that take far longer than their kind, are given to another replica.

Of two replicas that stand side by side one may stand still. The application serves, HAProxy sends new calls to the
other within seconds, and what the first one holds would wait until Ray Serve has replaced it, half a minute later. The
engine draws in the order in which it is asked: so a call that is still without an answer for as long as a later one of
the same kind took, and `GRACE_SECONDS` at least, after that one has had its own, is in a replica that stands still. It
is made again, once: made for nothing it costs its images a second time, and nothing else.

Who is alone is overtaken by nobody. A call that has waited `GRACE_SECONDS` longer than several times what its kind has
taken lately is made again too, but only one at a time of all calls of the edge, and then none for as long again: where
everything has become slow that is one call of many, and no second load.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from mammoganesis.v1.sampling_pb2 import FindSeedsRequest
from services.edge.calls import Call
from services.edge.routes import RECORDS, Route

GRACE_SECONDS = 5.0
"""After the answer of a later call. HAProxy takes a replica that stands still out after two checks, 2 to 3 seconds:
sooner a call would come back to it."""
USUAL_FACTOR = 3.0
"""Times what the slowest of its kind has taken lately, that a call has before it is late."""
REMEMBERED, LEAST_REMEMBERED = 32, 3
"""Latest calls of a kind that say what is usual, and how many have to be known."""

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
    late: asyncio.TimerHandle | None = None

    def is_overtaken_by(self, other: Attempt) -> bool:
        """Whether an engine that goes by order would have drawn this one before the other."""
        return self.number < other.number and self.images <= other.images and (other.background or not self.background)


class Usual:
    """What the calls of one RPC have taken lately until their first answer."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, float]] = deque(maxlen=REMEMBERED)

    def note(self, images: int, seconds: float) -> None:
        """One more has been answered."""
        self._seen.append((images, seconds))

    def seconds(self, images: int) -> float | None:
        """The most that a call of so many images would have taken; None while too few are known. What has drawn fewer
        counts for as much longer, what has drawn more as it is."""
        if len(self._seen) < LEAST_REMEMBERED:
            return None
        return max(seconds * max(1.0, images / max(1, drawn)) for drawn, seconds in self._seen)


class Overtaking:
    """Of all calls of an edge."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[Attempt]] = defaultdict(set)
        self._usual: dict[str, Usual] = defaultdict(Usual)
        self._none_before = 0.0  # time.monotonic() of the next call that may be made again because it is late

    @asynccontextmanager
    async def watched(self, route: Route, call: Call, ends: float) -> AsyncIterator[Attempt]:
        """While one attempt at a call waits for its end, or until `answered`.

        Args:
            ends: the call's deadline, time.monotonic().

        Raises:
            LeftBehind: others have overtaken it, or it is late.
        """
        attempt = Attempt(call.path, call.images, call.background, asyncio.timeout(None))
        watched = route.repeatable and route.application != RECORDS and not route.client_streaming
        try:
            async with attempt.limit:
                if watched and call.may_be_passed_on:
                    self._waiting[call.path].add(attempt)
                    if route.request_type is not FindSeedsRequest:  # how long a search takes only its end tells
                        self._wait_for(attempt, ends)
                try:
                    yield attempt
                    self.answered(attempt)
                finally:
                    self._waiting[call.path].discard(attempt)
                    if attempt.late:
                        attempt.late.cancel()
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
        took = time.monotonic() - attempt.began
        self._usual[attempt.path].note(attempt.images, took)
        grace = max(GRACE_SECONDS, took)
        for other in waiting:
            if other.limit.when() is None and other.is_overtaken_by(attempt):
                other.limit.reschedule(asyncio.get_running_loop().time() + grace)

    def _wait_for(self, attempt: Attempt, ends: float) -> None:
        """Looks at an attempt when it is late; at none that can wait, nor where too little time would be left to make
        it again."""
        usual = self._usual[attempt.path].seconds(attempt.images)
        if usual is None or attempt.background:
            return
        patience = GRACE_SECONDS + USUAL_FACTOR * usual
        if attempt.began + patience + usual < ends:
            loop = asyncio.get_running_loop()
            attempt.late = loop.call_later(patience, self._look_at, attempt, patience, ends - usual)

    def _look_at(self, attempt: Attempt, patience: float, latest: float) -> None:
        """An attempt is late. It ends where no other did so within such a time; it is looked at again otherwise, until
        `latest`, time.monotonic()."""
        now = time.monotonic()
        if attempt.has_answer or attempt.limit.when() is not None or now > latest:
            return
        loop = asyncio.get_running_loop()
        if now < self._none_before:
            attempt.late = loop.call_later(self._none_before - now, self._look_at, attempt, patience, latest)
            return
        self._none_before = now + patience
        attempt.limit.reschedule(loop.time())
