"""What waits in an engine: in order of arrival, and what can wait behind everything that somebody waits for."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.rendering.jobs import Network, SynthesisJob, SynthesisResult

ATTENTION_SECONDS = 5.0
"""So long after the last image that somebody waited for, another is likely to come."""
BACKGROUND_SECONDS = 0.05
"""That a batch which can wait takes meanwhile, where images are quick enough: the next caller waits for its end."""


@dataclass(eq=False)
class Waiting:
    """One image that a call waits for."""

    job: SynthesisJob
    deadline: float | None  # time.monotonic() seconds
    future: asyncio.Future[SynthesisResult]
    since: float = field(default_factory=time.monotonic)

    @property
    def is_late(self) -> bool:
        """Its deadline has passed."""
        return self.deadline is not None and self.deadline <= time.monotonic()


class Queue:
    """Work-conserving: whatever waits is given out, as soon as it is asked for."""

    def __init__(self) -> None:
        self._asked: deque[Waiting] = deque()
        self._background: deque[Waiting] = deque()
        self._asked_at = float("-inf")  # time.monotonic() seconds

    def __len__(self) -> int:
        return len(self._asked) + len(self._background)

    def add(self, items: Iterable[Waiting]) -> None:
        """At its end, or at that of what can wait."""
        for item in items:
            (self._background if item.job.background else self._asked).append(item)
            if not item.job.background:
                self._asked_at = time.monotonic()

    def remove(self, unwanted: set[Waiting]) -> int:
        """Takes out what its caller no longer wants; how many of them still waited."""
        before = len(self)
        self._asked = deque(item for item in self._asked if item not in unwanted)
        self._background = deque(item for item in self._background if item not in unwanted)
        return before - len(self)

    def clear(self) -> list[Waiting]:
        """Takes everything out."""
        items = [*self._asked, *self._background]
        self._asked.clear()
        self._background.clear()
        return items

    def take(
        self, sizes: Mapping[Network, Sequence[int]], pace: Mapping[Network, float]
    ) -> tuple[list[Waiting], list[Waiting]]:
        """The next batch: what waits, in order, of one kind, and of a size that is in use. What can wait comes when
        nothing else is there, and shares no batch with it.

        Args:
            sizes: images that one run of each network may hold, ascending from 1.
            pace: seconds that an image has taken lately, by network, where that is known.

        Returns:
            The batch, and what was found on the way that nobody can use any more.
        """
        batch, useless = _taken(self._asked, sizes)
        if batch:
            return batch, useless
        if time.monotonic() - self._asked_at < ATTENTION_SECONDS:
            sizes = {network: _short(each, pace.get(network)) for network, each in sizes.items()}
        batch, more = _taken(self._background, sizes)
        return batch, useless + more


def _taken(queue: deque[Waiting], sizes: Mapping[Network, Sequence[int]]) -> tuple[list[Waiting], list[Waiting]]:
    batch: list[Waiting] = []
    useless: list[Waiting] = []
    seen: list[Waiting] = []
    fitting: Sequence[int] = (1,)
    while queue and (not batch or len(batch) < fitting[-1]):
        item = queue.popleft()
        if item.future.done() or item.is_late:
            useless.append(item)
            continue
        seen.append(item)
        if not batch:
            fitting = sizes[item.job.network]
        if not batch or item.job.network == batch[0].job.network:
            batch.append(item)
    taken = batch[: max((size for size in fitting if size <= len(batch)), default=0)]
    kept = set(taken)
    queue.extendleft(reversed([item for item in seen if item not in kept]))
    return taken, useless


def _short(sizes: Sequence[int], seconds: float | None) -> Sequence[int]:
    """Those whose batch is over soon; the smallest in any case."""
    return [size for size in sizes if seconds is not None and size * seconds <= BACKGROUND_SECONDS] or sizes[:1]
