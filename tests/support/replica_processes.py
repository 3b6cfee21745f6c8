"""Programs that stand for a replica, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running_replica(program: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process of a program whose first line is its port, and that port; it is killed at the end."""
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()
