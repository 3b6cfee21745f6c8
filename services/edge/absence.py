"""An application that is away: a call that waits for it is told so, well before its deadline.

Behind the edge a call waits for whatever may come back. Ray Serve's handles hold it until there is a replica (of the
engine), without bound; a process that stands still says nothing at all. The edge knows how the applications are
(`health.py`): a call for one that serves waits on, however busy that is, and one for an application that does not ends
Unavailable when it has waited for long enough.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mammoganesis.errors import Unavailable

AWAY_SECONDS = 20.0
"""That a call waits for an application which does not serve. Serve replaces a process in 2 to 4 on a quiet machine."""
AWAY_SHARE = 0.5
"""Of its time, where that is less."""
AGAIN_SECONDS = 2.0
"""After which a call may be made again."""


@dataclass(eq=False)
class _Waiting:
    began: float
    patience: float
    limit: asyncio.Timeout


class Absence:
    """Which applications are away, and the calls that wait for each; times are those of the event loop.

    Args:
        applications: their names; none of them is away until it is said to be.
    """

    def __init__(self, applications: Iterable[str]) -> None:
        names = list(applications)
        self._served = dict.fromkeys(names, time.monotonic())
        self._away = dict.fromkeys(names, False)
        self._waiting: dict[str, set[_Waiting]] = {name: set() for name in names}

    def note(self, application: str, serving: bool) -> None:
        """How an application is now; it has been away since it was last said to serve."""
        if serving:
            self._served[application] = time.monotonic()
        if serving and not self._away[application]:
            return
        self._away[application] = not serving
        for call in self._waiting[application]:
            self._bound(application, call)

    @asynccontextmanager
    async def bounded(self, application: str, seconds: float, repeatable: bool) -> AsyncIterator[None]:
        """While a call with `seconds` left waits for an application; `repeatable`: whether it may be told when to come
        back, though it may have been answered.

        Raises:
            Unavailable: that has been away for too long.
        """
        call = _Waiting(time.monotonic(), min(AWAY_SECONDS, AWAY_SHARE * seconds), asyncio.timeout(None))
        try:
            async with call.limit:
                self._waiting[application].add(call)
                self._bound(application, call)
                try:
                    yield
                finally:
                    self._waiting[application].discard(call)
        except TimeoutError:
            if not call.limit.expired():
                raise
            away = time.monotonic() - self._served[application]
            text = f"{application} has not served for {away:.0f} s; try again"
            if not repeatable:
                raise Unavailable(f"{text} when you have seen whether this call has been answered") from None
            again = AGAIN_SECONDS * random.uniform(1, 1.5)
            raise Unavailable(f"{text} in {again:.1f} s", again) from None

    def _bound(self, application: str, call: _Waiting) -> None:
        ends = max(call.began, self._served[application]) + call.patience
        call.limit.reschedule(_loop_time(ends) if self._away[application] else None)


def _loop_time(at: float) -> float:
    return asyncio.get_running_loop().time() + at - time.monotonic()
