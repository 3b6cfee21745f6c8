"""What a preparation has done, line by line beside the shard that is being filled: a new process goes on with it.

WORK/journal.txt    the first line says what is prepared; then a line for each file in their order, and for each shard:
                    CRC-32 and JSON. What a damaged line tells of, and all after it, is done again
WORK/lock           held by the one process that prepares

The folder knows names and identifiers of patients: its owner alone can read it, and it goes when the set is whole.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np

from mammoganesis import disk, files
from mammoganesis.errors import DataError, FailedPrecondition
from mammoganesis.files import Location
from mammoganesis.json_text import read_json
from mammoganesis.pictures.breast import THUMBNAIL

NAME = "journal.txt"
FORMAT = 2

Line = dict[str, Any]


class Journal:
    """The journal of one preparation, held by one process."""

    def __init__(self, work: Path, out: Location, fingerprint: str, *, anew: bool = False) -> None:
        """Begin one, or take up what is there; `anew`: of what is there, nothing.

        Args:
            work: its folder.
            out: of the set, for messages.
            fingerprint: of the files and of how they are read.

        Raises:
            FailedPrecondition: another process is at work there.
            DataError: what is there is of other files, or reads them otherwise.
            DiskFull: there is no room.
        """
        self.work, self.out = work, out
        with disk.full_disk_named(work):
            work.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = (work / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            here = os.stat(work / "lock")  # gone, or another's, where a process has ended its set at this moment
            if not os.path.samestat(here, os.fstat(self._lock.fileno())):
                raise FileNotFoundError
        except OSError:
            self._lock.close()
            raise FailedPrecondition(f"{out}: another process is preparing this set") from None
        self.lines: list[Line] = []  # of files and shards
        self._ends: list[int] = []  # bytes of the file up to and with each of them
        try:
            if anew:
                (work / NAME).unlink(missing_ok=True)
            self._file = self._opened(fingerprint)
        except BaseException:
            self._lock.close()
            raise

    def _opened(self, fingerprint: str) -> BinaryIO:
        path = self.work / NAME
        content = path.read_bytes() if path.exists() else b""
        end = content.find(b"\n") + 1
        if not end:
            file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb", buffering=0)
            with disk.full_disk_named(path):
                file.write(_encoded({"format": FORMAT, "fingerprint": fingerprint}))
            return file
        if _decoded(content[:end]) != {"format": FORMAT, "fingerprint": fingerprint}:
            raise DataError(
                f"{self.out}: holds an unfinished set of other files or options; finish that one with its own "
                "command, or begin anew with --replace"
            )
        while (line := _decoded(content[end : (after := content.find(b"\n", end) + 1)])) is not None:
            end = after
            self.lines.append(line)
            self._ends.append(end)
        file = path.open("r+b", buffering=0)
        file.truncate(end)
        file.seek(end)
        return file

    def append(self, line: Line) -> None:
        """Write one line; it is there for whoever comes after this process.

        Raises:
            DiskFull: there is no room.
        """
        content = _encoded(line)
        with disk.full_disk_named(self.work / NAME, len(content)):
            while content:
                content = content[self._file.write(content) :]

    def cut(self, kept: int) -> None:
        """Forget all lines that were read but for the first `kept`."""
        end = self._ends[kept - 1] if kept else (self.work / NAME).read_bytes().find(b"\n") + 1
        self._file.truncate(end)
        self._file.seek(end)
        del self.lines[kept:], self._ends[kept:]

    def forget(self) -> None:
        """Free the memory of the lines that were read."""
        self.lines, self._ends = [], []

    def remove(self) -> None:
        """Take the folder away, and the set's where it was made for it."""
        files.remove(self.work)
        if self.work.parent == self.out:
            with contextlib.suppress(OSError):
                self.work.parent.rmdir()  # only where it is empty

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._lock.close()


def _encoded(line: Line) -> bytes:
    content = json.dumps(line, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(content), content)


def _decoded(content: bytes) -> Line | None:
    """None where the line is not as it was written: its process was killed meanwhile, or the file is damaged."""
    stated, _, line = content.rstrip(b"\n").partition(b" ")
    return read_json(line) if stated == b"%08x" % zlib.crc32(line) and line else None


def packed(thumbnail: np.ndarray) -> str:
    """[THUMBNAIL, THUMBNAIL] uint8 as text."""
    return base64.b64encode(zlib.compress(thumbnail.tobytes(), 1)).decode()


def unpacked(text: str) -> np.ndarray:
    """The thumbnail again."""
    content = zlib.decompress(base64.b64decode(text))
    return np.frombuffer(content, np.uint8).reshape(THUMBNAIL, THUMBNAIL)


def taken_up(lines: list[Line], resume: Callable[[list[Line], list[str]], int]) -> int:
    """How many lines of a journal hold.

    Args:
        lines: all of them.
        resume: from the full shards and the digests of the images in the last one to how many of these are whole.
    """
    closed = max((number + 1 for number, line in enumerate(lines) if "shard" in line), default=0)
    images = [number for number in range(closed, len(lines)) if lines[number].get("kept")]
    whole = resume([line["shard"] for line in lines if "shard" in line], [lines[n]["row"]["sha256"] for n in images])
    return len(lines) if whole == len(images) else images[whole]
