"""How many processors there are to share, here and in a cluster."""

import math
import os
from collections.abc import Iterable
from pathlib import Path

from mammoganesis.errors import FailedPrecondition, InvalidArgument

_CGROUP = Path("/sys/fs/cgroup")


def usable_processors(cgroup: Path = _CGROUP) -> int:
    """Processors that this process may use: the machine's, less what affinity and a container's quota take away.

    Args:
        cgroup: where the quota stands, in the form of version 2 (cpu.max) or 1.
    """
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(count, _quota(cgroup)))


def threads_that_fit(processors: Iterable[float], workers: int) -> int:
    """The most threads a worker for which all `workers` have a place, each on one machine; at least 1.

    Args:
        processors: of each machine.
        workers: 1 or more.
    """
    counts = [int(count) for count in processors]
    for threads in range(max(counts, default=1), 1, -1):
        if sum(count // threads for count in counts) >= workers:
            return threads
    return 1


def threads_of_workers(processors: Iterable[float], wanted: int | None, workers: int) -> int:
    """Threads a worker on machines that others made, where what does not fit would wait for ever.

    Args:
        processors: of each machine.
        wanted: threads of a worker, 1 or more; None: as many as fit.
        workers: 1 or more.

    Raises:
        InvalidArgument: no machine has `wanted` processors, or the machines have no place for all workers.
        FailedPrecondition: no machine has a processor.
    """
    counts = [int(count) for count in processors]
    largest = max(counts, default=0)
    if largest < 1:
        raise FailedPrecondition("--ray-address: the cluster has no processors for work")
    if wanted is not None and wanted > largest:
        raise InvalidArgument("--threads-per-worker", wanted, f"1 to {largest}, the processors of the largest machine")
    threads = wanted or threads_that_fit(counts, workers)
    places = sum(count // threads for count in counts)
    if workers > places:
        raise InvalidArgument("--workers", workers, f"1 to {places}, the places at --threads-per-worker {threads}")
    return threads


def _quota(cgroup: Path) -> int:
    """Processors that the control group grants, rounded up; a very large number where it sets no limit."""
    try:
        if (cgroup / "cpu.max").exists():
            quota, period = (cgroup / "cpu.max").read_text().split()
        else:
            quota = (cgroup / "cpu/cpu.cfs_quota_us").read_text()
            period = (cgroup / "cpu/cpu.cfs_period_us").read_text()
        return math.ceil(int(quota) / int(period)) if int(quota) > 0 else 2**31
    except (OSError, ValueError, ZeroDivisionError):  # no such file, or "max"
        return 2**31
