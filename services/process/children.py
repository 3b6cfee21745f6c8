"""Processes that this one starts, watches and ends. They end with it even when it is killed (on Linux)."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from psutil import Process

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
_PR_SET_CHILD_SUBREAPER = 36


class Child:
    """A process of ours, with its output in a file. On Linux it ends with the thread that has started it, which has to
    be one that lasts, as the main thread does.

    Args:
      name: for messages and the file's name.
      command: an absolute path and arguments.
      environment: of the process, whole.
      directory: where `<name>.log` goes, for its user alone; the file is appended to.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self._command, self._environment = list(command), dict(environment)
        self._below: set[Process] = set()
        self.start()

    def start(self) -> None:
        """Starts it, again if it has ended."""
        self.started = time.monotonic()
        with open(self.log, "ab", opener=lambda path, flags: os.open(path, flags, 0o600)) as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _TIED, str(os.getpid()), *self._command],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us alone: we end the others in order
            )
        self._identity = Process(self._process.pid)  # its id is another's soon after its end

    @property
    def pid(self) -> int:
        """Process id of the latest start."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number when one ended it."""
        return self._process.poll()

    def lines(self) -> list[str]:
        """What it has written since its latest start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace").splitlines()

    def send_signal(self, number: signal.Signals) -> None:
        """Sends it a signal; nothing where it has ended."""
        self._process.send_signal(number)

    def bound_log(self, most: int, kept: int = 1) -> None:
        """Begins the log anew where it has more than `most` bytes; what was in it stands in `<name>.log.1`, what was
        there before in `<name>.log.2`, and so on to `kept`. The process goes on writing at the end of the same file,
        whatever its length; what it writes in the moment between is lost, and so is all on a disk that is full. A log
        that somebody has taken away is nobody's."""
        if self.log.exists() and self.log.stat().st_size > most:
            older = [self.log.with_name(f"{self.log.name}.{number}") for number in range(1, kept + 1)]
            for newer, target in reversed(list(itertools.pairwise(older))):
                if newer.exists():
                    newer.replace(target)
            try:
                shutil.copyfile(self.log, older[0])
                older[0].chmod(0o600)
            except OSError:
                older[0].unlink(missing_ok=True)
            os.truncate(self.log, 0)
            self._log_start = 0

    def note_descendants(self) -> set[Process]:
        """What runs below it now. Remembered for `stop`: after its death nothing tells whose they were."""
        now = set(_below(self._identity))
        self._below |= now
        return now

    def stop(self, seconds: float, below_seconds: float = STRAGGLER_SECONDS) -> bool:
        """SIGTERM, then after `seconds` SIGKILL. Returns when everything below it has ended too; what outlives it by
        `below_seconds` is killed. True when all went by themselves."""
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
        in_time = end_stragglers(self._below, below_seconds) and in_time
        self._below.clear()
        return in_time


def end_stragglers(processes: Iterable[Process], seconds: float) -> bool:
    """Waits until processes have ended; kills what is left after `seconds`. True when all went by themselves."""
    end, in_time = time.monotonic() + seconds, True
    while left := [process for process in processes if runs(process)]:
        if time.monotonic() > end:
            in_time = False
            for process in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
        time.sleep(0.05)
    return in_time


def descendants(pid: int) -> list[Process]:
    """The processes below `pid` now, with what tells each from a later one with its id."""
    try:
        return _below(Process(pid))
    except psutil.NoSuchProcess:
        return []


def _below(process: Process) -> list[Process]:
    """None where it has ended, whoever has its id now."""
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def adopt_orphans() -> None:
    """From here on a process below this one whose parent dies becomes this one's child (on Linux), so that none gets
    lost that was started in its parent's last moment: see `orphans`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def orphans(children: Iterable[Child]) -> list[Process]:
    """What runs directly below this process and is none of `children`, in a process that adopts orphans and starts
    nothing else. Those that have ended are buried."""
    known, found = {child.pid for child in children}, []
    for process in Process().children():
        if process.pid in known:
            continue
        if runs(process):
            found.append(process)
        else:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)
    return found


def writers_below(folder: Path) -> list[Process]:
    """This user's processes, but for this one, that have a file below a folder open to write."""
    found = []
    for process in psutil.process_iter():
        try:
            files = process.open_files() if process.uids().real == os.getuid() and process.pid != os.getpid() else []
        except psutil.Error:
            continue
        if any(folder in Path(file.path).parents and getattr(file, "mode", "w") != "r" for file in files):
            found.append(process)
    return found


@contextmanager
def ending_what_is_started(stop: Callable[[], object], seconds: float) -> Iterator[None]:
    """Within, processes may be started below this one; at the end `stop` is called, which should end them, and what is
    left of them `seconds` later is killed, also what lost its parent meanwhile."""
    before = set(descendants(os.getpid()))
    try:
        yield
    finally:
        adopt_orphans()
        below = set(descendants(os.getpid())) - before
        try:
            stop()
        finally:
            end_stragglers(below | set(descendants(os.getpid())) - before, seconds)


def name(process: Process) -> str:
    """What a process runs, such as "raylet"; empty for one that has ended."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def arguments(process: Process) -> list[str]:
    """Its command line; empty for one that has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def runs(process: Process) -> bool:
    """Whether a process is still there, and no zombie."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
