"""Processes of every kind are killed while clients call: no wrong byte, no other code than "ask again", and each is
back within its stated time.

Every kill is written down when it has healed, as every call is: a proof that was broken off goes on, with another
system, where it was.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.e2e.system import TINY, System
from tests.faults.history import broken, counts, read
from tests.faults.injection import KINDS, Fault, Kind, longest, strike, wait
from tests.faults.pieces import Finding
from tests.faults.running import prepared, system, traffic

CLIENTS = 8
CALM_SECONDS = 65.0
"""After the death of what is needed: five of them in a row end the system, as they should."""
SHARE_OF_NEEDED = 0.06


def draw(rng: random.Random, kinds: Sequence[Kind], most: int, needed_at: float) -> list[Kind]:
    """The next victims: one that is needed, or up to `most` that are not."""
    needed, others = [kind for kind in kinds if kind.needed], [kind for kind in kinds if not kind.needed]
    if needed and (not others or (rng.random() < SHARE_OF_NEEDED and time.monotonic() > needed_at + CALM_SECONDS)):
        return [rng.choice(needed)]
    return rng.sample(others, min(len(others), rng.randint(1, most)))


def read_faults(path: Path) -> list[Fault]:
    """Those that have been written down; none where there is no file."""
    return [Fault(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def strikes(running: System, kinds: Sequence[Kind], count: int, most: int, pause: float, record: Path) -> list[Fault]:
    """Kills until `count` are in the record, up to `most` at once, each time when those before have healed."""
    found, needed_at = read_faults(record), time.monotonic()
    rng = random.Random(len(found))
    while len(found) < count and running.process.poll() is None:
        victims = draw(rng, kinds, most, needed_at)
        faults = strike(running, victims)
        if victims[0].needed:
            needed_at = time.monotonic()
        found += faults
        with record.open("a") as file:
            file.writelines(json.dumps(asdict(fault)) + "\n" for fault in faults)
        told = ", ".join(f"{fault.kind} {fault.back:.1f} s" for fault in faults)
        print(f"  {len(found):4d} back after: {told}", flush=True)
        time.sleep(rng.uniform(0.5, 1.5) * pause)
    return found


def prove(
    folder: Path,
    kills: int = 200,
    calls: int = 20_000,
    kinds: Sequence[Kind] = tuple(KINDS.values()),
    most: int = 3,
    pause: float = 1.0,
) -> Finding:
    """As the module says; `most`: kills at once."""
    with system(folder) as running:
        return on(running, folder, kills, calls, kinds, most, pause)


def on(
    running: System, folder: Path, kills: int, calls: int, kinds: Sequence[Kind], most: int = 1, pause: float = 1.0
) -> Finding:
    """The same of a system that runs already with the tiny bundle."""
    history, record, prepared_calls = folder / "history.jsonl", folder / "kills.jsonl", prepared(folder, 200, TINY)
    before = len(read(history))
    with traffic(running.address, prepared_calls, history, "--clients", str(CLIENTS), "--pause", "0.1"):
        wait(lambda: len(read(history)) > before + CLIENTS, 60)
        faults = strikes(running, kinds, kills, most, pause, record)
        if running.process.poll() is None:
            wait(lambda: len(read(history)) >= calls, 3600)
    lines = read(history)
    wrong = broken(lines)
    wrong += [f"{fault.kind} was back after {fault.back:.1f} s" for fault in faults if fault.late]
    if running.process.poll() is not None:
        wrong.append("the launcher ended: " + running.output[-1])
    told = {
        "kills": len(faults),
        "by kind": dict(Counter(fault.kind for fault in faults)),
        "longest until back, seconds": longest(faults),
        "calls": len(lines),
        **counts(lines),
        "longest call, seconds": round(max((line.end - line.start for line in lines), default=0), 1),
    }
    return Finding(f"{kills} kills over {calls} calls", told, wrong)
