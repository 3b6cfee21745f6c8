"""Memory and open descriptors of processes over time, and how fast they grow.

The slope is that of Theil and Sen, the median over all pairs of samples, with the interval of Sen (1968): a process
that takes a step when it is warm does not look like one that grows without end, and neither does a single outlier.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from scipy.stats import theilslopes

MIB = 2**20
HOUR = 3600.0


def kind_of(process: psutil.Process) -> str:
    """A name for what it is, the same for one that stands in its place later; "" for what is none of ours."""
    command = " ".join(process.cmdline())
    for pattern in (
        r"ray::ServeReplica:(\w+)",
        r"ray::(\w+)",
        r"-m (services\.\w+)",
        r"/(gcs_server|raylet|haproxy)\b",
    ):
        if match := re.search(pattern, command):
            return match[1]
    for words, name in (("redis-server", "redis"), ("mammoganesis serve", "launcher"), (" -c ", "program")):
        if words in command:
            return name
    return ""


def sampled(root: int) -> list[dict[str, Any]]:
    """One line for each process at and below `root`: time, process, kind, resident bytes of its own, descriptors."""
    found, now = [], time.monotonic()
    try:
        processes = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    for process in processes:
        try:
            memory = process.memory_full_info()
            line = {"at": now, "pid": process.pid, "kind": kind_of(process), "uss": memory.uss, "rss": memory.rss}
            found.append(line | {"descriptors": process.num_fds(), "threads": process.num_threads()})
        except (psutil.Error, OSError):
            continue
    return found


def watch(roots: Mapping[int, Path], seconds: float, period: float) -> None:
    """Appends samples of each root and what is below it to its file, until `seconds` have passed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for root, path in roots.items():
            with path.open("a") as file:
                file.writelines(json.dumps(line) + "\n" for line in sampled(root))
        time.sleep(period)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@dataclass(frozen=True)
class Growth:
    """Of one process, in an hour.

    Attributes:
        slope, low, high: units an hour, with the 95 % interval.
        first, last: medians of the first and the last tenth.
    """

    kind: str
    pid: int
    samples: int
    slope: float
    low: float
    high: float
    first: float
    last: float

    def __str__(self) -> str:
        return (
            f"{self.kind:<22}{self.pid:>8}{self.slope:>9.2f} an hour ({self.low:.2f} to {self.high:.2f})"
            f"{self.first:>9.1f} -> {self.last:.1f}   {self.samples} samples"
        )


def growth(samples: Iterable[dict[str, Any]], what: str, unit: float, skip: float) -> list[Growth]:
    """The growth of each process that has been sampled at least ten times, without what it did in the first `skip`
    seconds of all samples."""
    kept = list(samples)
    since = min((line["at"] for line in kept), default=0.0) + skip
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for line in kept:
        if line["at"] >= since and line["kind"]:
            found.setdefault((line["kind"], line["pid"]), []).append((line["at"] / HOUR, line[what] / unit))
    return [slope(kind, pid, points) for (kind, pid), points in sorted(found.items()) if len(points) >= 10]


def slope(kind: str, pid: int, points: Sequence[tuple[float, float]]) -> Growth:
    """Of points (hours, units)."""
    at, values = zip(*points, strict=True)
    middle, _, low, high = theilslopes(values, at)
    tenth = max(1, len(values) // 10)
    first, last = (sorted(part)[len(part) // 2] for part in (values[:tenth], values[-tenth:]))
    return Growth(kind, pid, len(values), float(middle), float(low), float(high), float(first), float(last))
