"""Processor time of a running system, by what its processes do: other work on the machine hardly moves it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

# What a command line says, in this order.
_PARTS = {
    "services.edge": "edge",
    "ServeReplica:engine": "engine replica",
    "ServeReplica:sampling": "sampling replicas",
    "services.records": "records",
    "haproxy": "HAProxy",
    "redis": "Redis",
    "ServeReplica": "other replicas",
    "services.": "our other processes",
    "mammoganesis serve": "our other processes",
}
REST = "Ray's other processes"

Spent = Mapping[tuple[str, psutil.Process], float]
"""Seconds of each process since its start, by what it does."""


@dataclass(frozen=True)
class Costs:
    """What a piece of work has cost.

    Attributes:
        milliseconds: of processor time for one image, by part.
        seconds: of the clock, for all.
        images: of the work.
    """

    milliseconds: Mapping[str, float]
    seconds: float
    images: int

    @property
    def total(self) -> float:
        """Milliseconds for one image, of all parts."""
        return sum(self.milliseconds.values())

    def without(self, idle: Costs) -> float:
        """The total without what would have been spent in this time if nobody had called: `idle` is of `images` 1."""
        return self.total - idle.total / idle.seconds * self.seconds / self.images


class Meter:
    """Of the processes of a system, from now on.

    Args:
        pid: of the process below which all others run.
    """

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self.start()

    def start(self) -> None:
        """Counts from here on."""
        self._before, self._since = _spent(self._root), time.perf_counter()

    def costs(self, images: int) -> Costs:
        """Since `start`, of so many images."""
        milliseconds: dict[str, float] = defaultdict(float)
        seconds = time.perf_counter() - self._since
        for (part, process), spent in _spent(self._root).items():
            milliseconds[part] += (spent - self._before.get((part, process), 0.0)) * 1e3 / images
        return Costs(milliseconds, seconds, images)


def _spent(root: psutil.Process) -> Spent:
    found = {}
    for process in (root, *root.children(recursive=True)):
        try:
            times, command = process.cpu_times(), " ".join(process.cmdline()) or process.name()
        except psutil.Error:  # it has ended
            continue
        part = next((name for word, name in _PARTS.items() if word in command), REST)
        found[part, process] = times.user + times.system
    return found
