"""A system is used for an hour: no process of it grows, in memory or in open descriptors, and every answer is right.

Beside it runs a program that loses 60 MiB an hour: were it not found, the measurement would say nothing. Caches of the
processes are small here, so that they are full when the measurement begins; with the default of 4,096 latents each
process keeps up to 30 MiB more.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.system import TINY
from tests.faults.growth import MIB, Growth, growth, lines, watch
from tests.faults.history import broken, counts, read
from tests.faults.pieces import Finding
from tests.faults.running import prepared, system, traffic

MOST_AN_HOUR = 1.0
"""MiB, and descriptors."""
BOUNDED = frozenset({"redis"})
"""What is meant to grow up to a limit of its own: 256 MiB of latents."""
SMALL_CACHES = {"MAMMOGANESIS_LOCAL_CACHE_ENTRIES": "256"}
LEAKS = """
import time
kept = []
while True:
    kept.append(bytes(2**16))
    time.sleep(2**16 / (60 * 2**20) * 3600)
"""


@contextmanager
def control() -> Iterator[int]:
    """The process id of a program that grows."""
    process = subprocess.Popen([sys.executable, "-c", LEAKS])
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def growing(found: Sequence[Growth]) -> list[str]:
    """What grows for certain: the whole interval of its slope is above the limit."""
    return [str(each) for each in found if each.low > MOST_AN_HOUR and each.kind not in BOUNDED]


def prove(folder: Path, seconds: float = 4500, warm: float = 900, period: float = 10, pause: float = 0.25) -> Finding:
    """As the module says; `warm`: how long it has been used before it is measured."""
    samples, of_control, history = (folder / name for name in ("growth.jsonl", "control.jsonl", "history.jsonl"))
    for path in (samples, of_control, history):
        path.unlink(missing_ok=True)
    with system(folder, TINY, settings=SMALL_CACHES) as running, control() as leak:
        options = ("--clients", "4", "--pause", str(pause), "--fresh")
        with traffic(running.address, prepared(folder, 200, TINY), history, *options):
            watch({running.process.pid: samples, leak: of_control}, seconds, period)
    return judged(samples, of_control, history, warm)


def judged(samples: Path, of_control: Path, history: Path, warm: float) -> Finding:
    """What the samples say."""
    memory, descriptors = (
        growth(lines(samples), what, unit, warm) for what, unit in (("uss", MIB), ("descriptors", 1.0))
    )
    calls = read(history)
    wrong = broken(calls) + growing(memory) + growing(descriptors)
    shown = growth(lines(of_control), "uss", MIB, warm)
    if not growing(shown):
        wrong.append("the control grows, and it does not show")
    told = {"calls": len(calls), **counts(calls), "control": str(shown[0]) if shown else "none"}
    told |= {f"MiB of {each.kind} {each.pid}": str(each) for each in memory}
    told |= {f"descriptors of {each.kind} {each.pid}": str(each) for each in descriptors if each.slope or each.low}
    return Finding("growth under steady use", told, wrong)
