"""Work on many files in several processes: results in the order of the files, and few of them in memory at a time.

A file can kill the process that reads it, as a decoder written in C does with a damaged one. The process is replaced,
what was under way is done again file by file, and the one that kills a second time is named.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Generic, TypeVar

AHEAD = 4  # files for each process that are under way, or done before their turn
FEWEST = 8  # files for each process; fewer are done sooner than processes start


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int, killed: Callable[[Item], Result]
) -> Iterator[Result]:
    """What `work` makes of every item, in their order whatever the number of processes.

    Args:
        work: can be pickled, as what it takes and gives.
        items: taken as they are needed.
        workers: processes; with 1, or few items, all is done in this one, and nothing protects it.
        killed: stands for the result of an item that kills the process, twice.
    """
    items = iter(items)
    first = list(itertools.islice(items, FEWEST * workers))
    if workers == 1 or len(first) < FEWEST * workers:
        yield from map(work, itertools.chain(first, items))
        return
    pool = _Pool(work, workers)
    try:
        yield from pool.results(itertools.chain(first, items), killed)
    finally:
        pool.close()


class _Pool(Generic[Item, Result]):
    """Processes, started anew where one of them has died."""

    def __init__(self, work: Callable[[Item], Result], workers: int) -> None:
        self._work, self._workers = work, workers
        self._start()

    def _start(self) -> None:
        # Spawned: a fork would copy the threads' locks of whatever library this process has loaded.
        context = multiprocessing.get_context("spawn")
        self._executor = ProcessPoolExecutor(self._workers, context, _begin)

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _submit(self, item: Item) -> Future[Result]:
        try:
            return self._executor.submit(self._work, item)
        except BrokenProcessPool as error:
            broken: Future[Result] = Future()
            broken.set_exception(error)
            return broken

    def results(self, items: Iterator[Item], killed: Callable[[Item], Result]) -> Iterator[Result]:
        waiting: deque[tuple[Item, Future[Result]]] = deque()
        while True:
            for item in itertools.islice(items, AHEAD * self._workers - len(waiting)):
                waiting.append((item, self._submit(item)))
            if not waiting:
                return
            item, future = waiting.popleft()
            try:
                yield future.result()
            except BrokenProcessPool:
                self._restart()
                yield self._alone(item, killed)
                waiting = deque((other, kept if _is_done(kept) else self._submit(other)) for other, kept in waiting)

    def _restart(self) -> None:
        self.close()
        self._start()

    def _alone(self, item: Item, killed: Callable[[Item], Result]) -> Result:
        """The result of an item that nothing else is done beside."""
        try:
            return self._submit(item).result()
        except BrokenProcessPool:
            self._restart()
            return killed(item)


def _is_done(future: Future) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _begin() -> None:
    """Of a new process: Ctrl-C is for the one that started it, and it ends with that one, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
