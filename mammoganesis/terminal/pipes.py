"""A command whose output is read by another one (`... | head -1`) does its work to the end, whoever stops reading."""

from __future__ import annotations

import io
import os
import stat
import sys
from typing import TextIO


def outlive_readers() -> None:
    """From here on, what is printed into a pipe that nobody reads any more goes nowhere; nothing is raised."""
    sys.stdout, sys.stderr = _outliving(sys.stdout), _outliving(sys.stderr, line_buffering=True)


class _Pipe(io.FileIO):
    """The end of a pipe that is written to."""

    def write(self, data: object) -> int:
        """As of any file, but for a pipe without a reader: its descriptor leads nowhere from then on."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return super().write(data)  # type: ignore[arg-type]


def _outliving(stream: TextIO, line_buffering: bool = False) -> TextIO:
    try:
        descriptor = stream.fileno()
        mode = os.fstat(descriptor).st_mode
    except (AttributeError, OSError, ValueError):  # none, closed, or not of the operating system
        return stream
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return stream
    stream.flush()
    pipe = io.BufferedWriter(_Pipe(descriptor, "w", closefd=False))
    return io.TextIOWrapper(pipe, stream.encoding, stream.errors, line_buffering=line_buffering)
