"""The launcher starts and stops, or is killed at any moment, again and again: nothing is left behind."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import psutil

from services.process.children import descendants
from tests.e2e.system import launched, left
from tests.faults.injection import wait
from tests.faults.pieces import Finding
from tests.faults.running import EXACT

GONE_SECONDS = 90.0
"""For what a killed launcher leaves: Ray's agents look after their raylet once a minute."""


@contextmanager
def alone() -> Iterator[Path]:
    """A temporary folder of these starts' own: any start clears what it finds in the common one."""
    with tempfile.TemporaryDirectory(prefix="mgt-") as folder, mock.patch.dict(os.environ, {"TMPDIR": folder}):
        yield Path(folder)


def prove(folder: Path, starts: int = 20, seed: int = 1) -> Finding:
    """Odd ones are stopped in order, even ones killed, after a time that is drawn."""
    rng, wrong, seconds, longest = random.Random(seed), [], [], 0.0
    with alone() as parent:
        for number in range(starts):
            killed = number % 2 == 0
            with launched(folder / f"quickstart-{number % 2}", *EXACT) as running:
                start = time.monotonic()
                running.wait_for_line("are starting")
                if number % 4 < 2:
                    time.sleep(rng.uniform(0, 25))
                else:
                    running.wait_until_up()
                seconds.append(round(time.monotonic() - start, 1))
                below = descendants(running.process.pid)
                if killed:
                    running.process.kill()
                    running.process.wait()
                elif code := running.stop():
                    wrong.append(f"exit code {code}: {running.output[-1]}")
                over = time.monotonic()
                if not wait(lambda below=below: not left(below), GONE_SECONDS):  # type: ignore[misc]
                    wrong.append(f"left running: {left(below)[:3]}")
                longest = max(longest, time.monotonic() - over)
                folders = list(parent.glob("mgs-*"))
                if not killed and folders:
                    wrong.append(f"left behind: {folders}")
        with launched(folder / "quickstart-0", *EXACT) as last:
            last.wait_for_line("are starting")
            last.stop()
        if folders := list(parent.glob("mgs-*")):
            wrong.append(f"not cleared by the next start: {folders}")
    shared = [path.name for path in Path("/dev/shm").iterdir() if path.name.startswith("plasma")]
    told = {
        "starts": starts,
        "stopped in order": starts // 2,
        "killed": starts - starts // 2,
        "seconds that each lived": seconds,
        "longest until all of it was gone, seconds": round(longest, 1),
        "files in /dev/shm": len(shared),
        "processes of this machine": len(psutil.pids()),
    }
    return Finding(f"{starts} starts, each ended or killed", told, wrong)
