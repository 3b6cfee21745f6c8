"""Work on many files in processes: results in the order of the files, and few of them in memory at a time.

A file can do anything to the process that reads it: a decoder written in C ends it, hangs, or takes all memory there
is. So a process has limits, one that passes them or dies is replaced, and the file is named; all others go on.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

AHEAD = 4  # files for each process that are under way, or done before their turn
FEWEST = 8  # files for each process that is started; fewer are done sooner than another one starts
KILLS = 2  # after which a file is taken for what kills: one may be chance, as where another program takes all memory


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Limits:
    """What one file may take of the process that reads it.

    Attributes:
        seconds: by the clock, above 0.
        memory_bytes: of memory of its own, beyond what the process has when it begins. Only Linux keeps it.
    """

    seconds: float = 300.0
    memory_bytes: int = 4 * 2**30


LIMITS = Limits()


class Lost(Enum):
    """Why there is no result."""

    KILLED = "killed"  # it ends the process
    STUCK = "stuck"  # it takes longer than it may


def in_order(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    lost: Callable[[Item, Lost], Result],
    limits: Limits = LIMITS,
) -> Iterator[Result]:
    """What `work` makes of every item, in their order whatever the number of processes.

    Args:
        work: can be pickled, as what it takes and gives. Where it asks for more memory than it may, Python raises
            MemoryError and most decoders an error of their own.
        items: taken as they are needed.
        workers: processes at most; 0: all is done in this one, and nothing protects it.
        lost: stands for the result of an item that has none.
        limits: of each item.
    """
    if not workers:
        yield from map(work, items)
        return
    pool = _Pool(work, workers, lost, limits)
    try:
        yield from pool.results(iter(items))
    finally:
        pool.close()


@dataclass
class _Under(Generic[Item]):
    """An item that is being worked on."""

    number: int
    item: Item
    since: float | None = None  # time.monotonic() seconds; None while its process still starts


class _Pool(Generic[Item, Result]):
    """Processes, each at one item at a time."""

    def __init__(
        self, work: Callable[[Item], Result], most: int, lost: Callable[[Item, Lost], Result], limits: Limits
    ) -> None:
        self._work, self._most, self._lost, self._limits = work, most, lost, limits
        self._idle: list[_Worker] = []
        self._busy: dict[_Worker, _Under[Item]] = {}
        self._done: dict[int, tuple[bool, Any]] = {}  # by number: whether it is a result, and that or the error
        self._again: list[_Under[Item]] = []
        self._kills: dict[int, int] = {}

    def close(self) -> None:
        for worker in [*self._idle, *self._busy]:
            worker.end()

    def results(self, items: Iterator[Item]) -> Iterator[Result]:
        """Of all items."""
        taken = given = 0
        while True:
            while len(self._busy) < min(self._most, 1 + taken // FEWEST):
                if self._again:
                    self._give(self._again.pop())
                    continue
                if taken - given >= AHEAD * self._most:
                    break
                try:
                    item = next(items)
                except StopIteration:
                    break
                self._give(_Under(taken, item))
                taken += 1
            if given in self._done:
                good, result = self._done.pop(given)
                if not good:
                    raise result
                given += 1
                yield result
            elif self._busy:
                self._wait()
            else:
                return

    def _give(self, under: _Under[Item]) -> None:
        worker = self._idle.pop() if self._idle else _Worker(self._work, self._limits.memory_bytes)
        if worker.is_ready:
            under.since = time.monotonic()
        worker.give(under.item)
        self._busy[worker] = under

    def _wait(self) -> None:
        """Until a process has something to say, has died, or has been at an item for too long."""
        began = [under.since for under in self._busy.values() if under.since is not None]
        left = max(0.0, min(began) + self._limits.seconds - time.monotonic()) if began else None
        ready = set(wait([worker.connection for worker in self._busy], left))
        for worker, under in list(self._busy.items()):
            if worker.connection in ready:
                self._hear(worker, under)
            elif under.since is not None and time.monotonic() - under.since >= self._limits.seconds:
                self._drop(worker)
                self._done[under.number] = True, self._lost(under.item, Lost.STUCK)

    def _hear(self, worker: _Worker, under: _Under[Item]) -> None:
        try:
            said = worker.connection.recv()
        except (EOFError, OSError):  # it has died
            self._drop(worker)
            kills = self._kills[under.number] = self._kills.get(under.number, 0) + 1
            if kills < KILLS:
                self._again.append(_Under(under.number, under.item))
            else:
                self._done[under.number] = True, self._lost(under.item, Lost.KILLED)
            return
        if said is None:
            worker.is_ready, under.since = True, time.monotonic()
            return
        self._done[under.number] = said
        del self._busy[worker]
        self._idle.append(worker)

    def _drop(self, worker: _Worker) -> None:
        del self._busy[worker]
        worker.end()


class _Worker:
    """A process and the line to it."""

    def __init__(self, work: Callable[[Any], Any], memory_bytes: int) -> None:
        # Spawned: a fork would copy the threads' locks of whatever library this process has loaded.
        context = multiprocessing.get_context("spawn")
        self.connection, there = context.Pipe()
        self.is_ready = False
        self._process = context.Process(target=_serve, args=(there, work, memory_bytes), daemon=True)
        self._process.start()
        there.close()  # so that the line ends with the process

    def give(self, item: Any) -> None:
        """Its next item; one that has died meanwhile is found out when it is listened to."""
        with contextlib.suppress(OSError):
            self.connection.send(item)

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()


def _serve(line: Connection, work: Callable[[Any], Any], memory_bytes: int) -> None:
    """What a process does: says that it is there, and then works on what it gets."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    limit_memory(memory_bytes)
    line.send(None)
    while True:
        try:
            item = line.recv()
        except EOFError:
            return
        try:
            said = True, work(item)
        except Exception as error:
            said = False, error
        line.send(said)


def limit_memory(more: int) -> None:
    """This process may take so many bytes more, of memory that is its own (RLIMIT_DATA: the kernel counts pages that
    can be written and belong to no file). Nothing happens on other systems than Linux."""
    if sys.platform != "linux":
        return
    import resource

    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[5])
    most = pages * resource.getpagesize() + more
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _end_with_parent() -> None:
    """However that ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
