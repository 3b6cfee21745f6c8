"""Processes stand still (SIGSTOP), one after the other, while clients call: each is noticed, another takes its place,
no byte is wrong, and a call that such a process has ends with its own deadline at the latest."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.system import TINY, System
from tests.faults.history import AGAIN, broken, counts, read
from tests.faults.injection import KINDS, Fault, Kind, longest, strike, wait
from tests.faults.pieces import Finding
from tests.faults.pieces.kills import CALM_SECONDS
from tests.faults.running import prepared, system, traffic

STILL = ("redis", "raylet", "studio", "gcs", "haproxy", "cluster", "engine", "edge", "sampling", "controller")
"""Kinds that somebody looks after: the launcher by health, Ray's pulse or heartbeats, Serve by its checks."""
NOTICED_SECONDS = 60.0
"""What noticing takes at most, beside the time that a death takes."""
AS = {"controller": "cluster"}
"""What else a kind takes with it: without its controller Ray has no pulse, and all of it begins anew."""
CLIENTS = 3
DEADLINE_SECONDS = 20


def prove(folder: Path) -> Finding:
    """As the module says, of all kinds in STILL."""
    with system(folder) as running:
        return on(running, folder, [KINDS[name] for name in STILL])


def on(running: System, folder: Path, kinds: Sequence[Kind]) -> Finding:
    """The same of a system that runs already with the tiny bundle."""
    history, faults = folder / "still.jsonl", list[Fault]()
    history.unlink(missing_ok=True)
    options = ("--clients", str(CLIENTS), "--pause", "0.1", "--deadline", str(DEADLINE_SECONDS))
    with traffic(running.address, prepared(folder, 50, TINY), history, *options):
        wait(lambda: len(read(history)) > CLIENTS, 60)
        for kind in kinds:
            if running.process.poll() is not None:
                break
            faults += strike(running, [kind], signal.SIGSTOP)
            print(f"  another in its place after: {kind.name} {faults[-1].back:.1f} s", flush=True)
            if kind.needed:
                time.sleep(CALM_SECONDS)
    lines = read(history)
    wrong = broken(lines, AGAIN | {"DEADLINE_EXCEEDED"})
    late = [each for each in faults if each.back > KINDS[AS.get(each.kind, each.kind)].back_seconds + NOTICED_SECONDS]
    wrong += [f"{fault.kind} was back after {fault.back:.1f} s" for fault in late]
    if running.process.poll() is not None:
        wrong.append("the launcher ended: " + running.output[-1])
    told = {"until another was in its place, seconds": longest(faults), "calls": len(lines), **counts(lines)}
    return Finding("a process stands still: " + ", ".join(kind.name for kind in kinds), told, wrong)
