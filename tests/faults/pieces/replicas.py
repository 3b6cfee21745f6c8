"""One process of sampling is killed every two seconds, ready or not: with one of them a large part of its calls fails,
with two a small one."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from tests.e2e.system import TINY, System, launched
from tests.faults.history import AGAIN, broken, read
from tests.faults.injection import KINDS, wait
from tests.faults.pieces import Finding
from tests.faults.running import EXACT, prepared, traffic

EVERY_SECONDS = 2.0


def rhythm(running: System, seconds: float) -> int:
    """How many were killed."""
    kills, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        victims = running.pids(KINDS["sampling"].words)
        with contextlib.suppress(ProcessLookupError):
            for pid in victims[:1]:  # the older one, where there are two
                os.kill(pid, signal.SIGKILL)
                kills += 1
        time.sleep(EVERY_SECONDS)
    return kills


def prove(folder: Path, seconds: float = 60) -> Finding:
    """As the module says."""
    told, wrong, shares = {}, list[str](), list[float]()
    for number in (1, 2):
        history = folder / f"history-{number}.jsonl"
        history.unlink(missing_ok=True)
        options = ("--bundle", str(TINY), *EXACT, "--light-replicas", str(number))
        with launched(folder / f"quickstart-{number}", *options) as running:
            running.wait_until_up()
            with traffic(running.address, prepared(folder, 200, TINY), history, "--clients", "8", "--pause", "0.1"):
                wait(lambda history=history: len(read(history)) > 50, 60)  # type: ignore[misc]
                kills = rhythm(running, seconds)
        lines = [line for line in read(history) if "SamplingService" in line.path]
        shares.append(sum(line.code in AGAIN for line in lines) / max(1, len(lines)))
        told[f"processes: {number}"] = f"{kills} kills, {len(lines)} calls of sampling, {shares[-1]:.1%} failed"
        wrong += broken(lines)
    wrong += ["the second process helps nobody"] if shares[1] >= shares[0] > 0 else []
    return Finding("sampling dies every two seconds", told, wrong)
