"""A file of settings that is read again when it has changed: nobody has to start a process again to revoke a token."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from mammoganesis.errors import InvalidArgument, Unavailable
from services.observability.occasionally import Occasionally

logger = logging.getLogger(__name__)

Content = TypeVar("Content")
LOOK_SECONDS = 1.0
"""Between two looks at whether it has changed."""
MAX_BYTES = 2**20


class Reread(Generic[Content]):
    """What a file says now.

    Args:
        name: of the setting that names it, for errors.
        path: of the file.
        read: makes of its bytes what it says; raises InvalidArgument.
        absent: what it says where it is not there; None: it has to be.

    Raises:
        InvalidArgument: it cannot be read, says something else than it should, or others may write it.
    """

    def __init__(self, name: str, path: Path, read: Callable[[bytes], Content], absent: Content | None = None) -> None:
        self._name, self._path, self._read, self._absent = name, path, read, absent
        self._lines = Occasionally()
        self._looked = time.monotonic()
        self._state = self._look()
        self._content: Content | None = self._taken()

    def content(self) -> Content:
        """What it says.

        Raises:
            Unavailable: it has been changed, and cannot be read; it is refused as a whole until it can.
        """
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            state = self._look()
            if state != self._state or self._content is None:
                self._state, self._content = state, None
                self._read_again()
        if self._content is None:
            raise Unavailable(f"a file of this server ({self._name}) cannot be read; its log says why")
        return self._content

    def _read_again(self) -> None:
        try:
            self._content = self._taken()
        except InvalidArgument as error:
            if (more := self._lines.due("refused")) is not None:
                logger.error("%s%s", error.message, more)

    def _look(self) -> tuple[int, ...] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode

    def _taken(self) -> Content:
        try:
            with self._path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                found = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            if self._absent is not None:
                return self._absent
            raise InvalidArgument(self._name, self._path, "a file that is there") from None
        except OSError as error:
            raise InvalidArgument(self._name, self._path, f"a file that can be read ({error.strerror})") from None
        if mode & 0o022:
            raise InvalidArgument(self._name, self._path, "a file that its owner alone can write (chmod go-w)")
        if len(found) > MAX_BYTES:
            raise InvalidArgument(self._name, self._path, f"a file of at most {MAX_BYTES} bytes")
        return self._read(found)
