"""Processes that this one starts, watches and ends. They end with it even when it is killed (on Linux)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

# Runs a command that gets SIGTERM when the process that started it dies. An ordinary fork hook would do the same, but
# forking with Python code in between is not safe in a process that has threads.
_TIED = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


STRAGGLER_SECONDS = 5.0


class Child:
    """A process of ours, with its output in a file.

    Args:
      name: for messages and the file's name.
      command: an absolute path and arguments.
      environment: of the process, whole.
      directory: where `<name>.log` goes; the file is appended to.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self._command, self._environment = list(command), dict(environment)
        self._below: dict[int, str] = {}  # process ids with their `_birth`
        self.start()

    def start(self) -> None:
        """Starts it, again if it has ended."""
        self.started = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _TIED, str(os.getpid()), *self._command],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us alone: we end the others in order
            )

    @property
    def pid(self) -> int:
        """Process id of the latest start."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number when one ended it."""
        return self._process.poll()

    def lines(self) -> list[str]:
        """What it has written so far."""
        return self.log.read_text(errors="replace").splitlines()

    def note_descendants(self) -> None:
        """Remembers what runs below it now, for `stop`: after its death nothing tells whose they were."""
        self._below |= births_below(self.pid)

    def stop(self, seconds: float) -> bool:
        """SIGTERM, then after `seconds` SIGKILL. Returns when everything below it has ended too; what outlives it by
        `STRAGGLER_SECONDS` is killed. True when all went by themselves."""
        self.note_descendants()
        if self.exit_code is None:
            self._process.terminate()
        in_time = True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            in_time = False
            self._process.kill()
            self._process.wait()
        return end_stragglers(self._below) and in_time


def births_below(pid: int) -> dict[int, str]:
    """The processes below `pid` now, with what tells each from a later one with its id."""
    return {child: birth for child in descendants(pid) if (birth := _birth(child))}


def end_stragglers(births: Mapping[int, str], seconds: float = STRAGGLER_SECONDS) -> bool:
    """Waits until the processes of `births_below` have ended; kills what is left after `seconds`. True when all went
    by themselves."""
    end, in_time = time.monotonic() + seconds, True
    while left := [pid for pid, birth in births.items() if _birth(pid) == birth]:
        if time.monotonic() > end:
            in_time = False
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    return in_time


def _birth(pid: int) -> str | None:
    """When a process was started, which tells it from a later one with its id; None when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def descendants(pid: int) -> list[int]:
    """Process ids below `pid`, as /proc has them now; nothing where there is no /proc."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # ended meanwhile
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            children[parent].append(int(entry.parent.name))
    found, todo = [], [pid]
    while todo:
        below = children[todo.pop()]
        found += below
        todo += below
    return found
