"""Shards given to workers: each is done once, whichever workers and nodes die on the way.

A worker gets its first shard when it is up, so that one which waits for a node holds nothing back. The shards of one
that dies go back into the line, and another is started in its place. One that waits for a node is what makes a cluster
which scales itself add one; one for which there is no shard left ends, so that its node can be given back.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mammoganesis.errors import Unavailable
from services.bulk.workers import SHARDS_AT_ONCE

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 20  # of one shard: a worker that dies is chance, one that always dies is not
POLL_SECONDS = 0.5  # after which somebody is asked whether the job has been cancelled
DRAIN_SECONDS = 30  # for the shards that are under way when another fails
TOLD_SECONDS = 60  # after which it is said that nobody works

Shard = tuple[int, range]


class Pool:
    """Workers and the shards that wait for them."""

    def __init__(self, ray: Any, start: Callable[[], Any], workers: int, cancelled: Callable[[], bool]) -> None:
        """`start` starts a worker of `workers`; `cancelled` says when no further shard is to begin."""
        self._ray, self._start, self._cancelled = ray, start, cancelled
        self._starting: dict[Any, Any] = {}  # reference to worker
        self._running: dict[Any, tuple[Any, Shard]] = {}
        self._load: Counter[Any] = Counter()  # shards of each worker that is up
        self._attempts: Counter[int] = Counter()
        self._starts_left = self._most_starts = workers * MAX_ATTEMPTS
        self._wanted = workers
        self._worked = time.monotonic()  # when a worker was last up

    def run(self, shards: Sequence[Shard]) -> Iterator[tuple[int, int]]:
        """Number and images of each shard as it gets done.

        Raises:
            Unavailable: workers die again and again.
            MammoganesisError, OSError: of a shard that cannot be made; those under way are finished before.
        """
        waiting = deque(shards)
        for _ in range(min(self._wanted, len(waiting))):
            self._launch()
        while waiting or self._running:
            if waiting and self._cancelled():
                waiting.clear()
            self._give_out(waiting)
            if not waiting:
                self._let_go()
            self._tell_of_nobody()
            if not (self._starting or self._running):
                return
            ready, _ = self._ray.wait([*self._running, *self._starting], timeout=POLL_SECONDS)
            for reference in ready:
                if reference in self._starting:
                    self._started(reference)
                else:
                    yield from self._finished(reference, waiting)
        self._let_go()

    def _launch(self) -> None:
        if not self._starts_left:
            text = "the workers die again and again; too little memory may be the reason, and fewer --workers need less"
            raise Unavailable(text)
        self._starts_left -= 1
        worker = self._start()
        self._starting[worker.ready.remote()] = worker

    def _give_out(self, waiting: deque[Shard]) -> None:
        """Every worker gets one before any gets a second."""
        for load in range(SHARDS_AT_ONCE):
            for worker in [worker for worker, shards in self._load.items() if shards == load]:
                if waiting:
                    number, indices = shard = waiting.popleft()
                    self._running[worker.make.remote(number, indices)] = (worker, shard)
                    self._load[worker] += 1

    def _let_go(self) -> None:
        """Workers without a shard end, and those that are still to come do not come."""
        idle = [worker for worker, shards in self._load.items() if not shards]
        for worker in (*idle, *self._starting.values()):
            self._load.pop(worker, None)
            self._ray.kill(worker)
        self._starting.clear()

    def _tell_of_nobody(self) -> None:
        now = time.monotonic()
        if self._load:
            self._worked = now
        elif self._starting and now - self._worked > TOLD_SECONDS:
            self._worked = now
            logger.warning("%d workers wait for a place or are opening their engines; none is up", len(self._starting))

    def _started(self, reference: Any) -> None:
        worker = self._starting.pop(reference)
        try:
            self._ray.get(reference)
            self._load[worker] = 0
        except self._ray.exceptions.RayTaskError as error:
            self._drain()
            raise error.cause from None
        except self._ray.exceptions.RayError:
            self._launch()

    def _finished(self, reference: Any, waiting: deque[Shard]) -> Iterator[tuple[int, int]]:
        worker, shard = self._running.pop(reference)
        try:
            images = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            self._drain()
            raise error.cause from None
        except self._ray.exceptions.RayError:  # the worker or its node has died, or cannot be reached any more
            self._attempts[shard[0]] += 1
            if self._attempts[shard[0]] == MAX_ATTEMPTS:
                self._starts_left = 0
            waiting.appendleft(shard)
            if self._load.pop(worker, None) is not None:  # told once of each of its shards
                self._ray.kill(worker)
                self._launch()
            return
        if worker in self._load:
            self._load[worker] -= 1
        # Nodes may come and go as long as work is done.
        self._starts_left = min(self._starts_left + 1, self._most_starts)
        yield shard[0], images

    def _drain(self) -> None:
        """What the other workers are writing gets finished."""
        if self._running:
            self._ray.wait(list(self._running), num_returns=len(self._running), timeout=DRAIN_SECONDS)
