"""The destination of a bulk job: the one thing that all who work on it share, here or behind an address.

Every object appears whole. A store that throttles, or is away for a while, is asked again until patience ends.
"""

from __future__ import annotations

import fcntl
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from mammoganesis import disk, files
from mammoganesis.errors import FailedPrecondition, MammoganesisError, PermissionDenied, Unavailable
from mammoganesis.stores import quiet_clients, refuses, without_credentials
from services.bulk.reasons import Code

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 300.0
WRITES_AT_ONCE = 8  # to a store: most of it is waiting
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 15.0  # seconds

Answer = TypeVar("Answer")


class InUse(FailedPrecondition):
    """Somebody else works on a job in this folder at this moment."""


class Destination:
    """A folder, or what fsspec knows by an address. Names are relative, with "/"."""

    def __init__(self, out: str | files.Location, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """`out` need not be there yet. `patience_seconds`: how long a store may be away, 0 or more.

        Raises:
            ConfigurationError: no program for such addresses is known or installed.
        """
        place = files.location(out)
        self.place = place.resolve() if isinstance(place, Path) else place
        self.remote = files.remote(self.place)
        self.patience_seconds = patience_seconds
        if self.remote:
            quiet_clients()

    def __str__(self) -> str:
        return str(self.place)

    def write(self, name: str, data: bytes) -> None:
        """An object appears, or is replaced, whole.

        Raises:
            DiskFull: there is no room.
            Unavailable: the store has been away for longer than patience lasts.
            PermissionDenied: the store does not allow it.
            FailedPrecondition: there are no credentials for the store.
            OSError: it cannot be written for another reason.
        """
        self._patiently(name, lambda: files.write(self.place / name, data))

    def write_all(self, objects: Mapping[str, bytes]) -> None:
        """As `write` of each, by name; sooner. Raises as `write`; those before may be there then."""
        if isinstance(self.place, Path):
            disk.write_all({self.place / name: data for name, data in objects.items()})
            return
        with ThreadPoolExecutor(WRITES_AT_ONCE, thread_name_prefix="writing") as threads:
            list(threads.map(self.write, objects, objects.values()))

    def copy(self, path: Path, name: str) -> None:
        """The object gets the content of a local file. Raises as `write`."""
        self._patiently(name, lambda: files.copy(path, self.place / name))

    def read(self, name: str, most: int | None = None) -> bytes | None:
        """What an object holds; None where there is none, or something that is no file. Raises as `write`.

        Args:
            most: bytes that it may have; None: any number.

        Raises:
            FailedPrecondition: it has more, and was not read.
        """

        def once() -> bytes | None:
            place = self.place / name
            if isinstance(place, Path) and not place.is_file():  # a pipe or a device would never end
                return None
            try:
                if most is not None and (size := files.size(place)) > most:
                    raise FailedPrecondition(f"{place} has {size} bytes; allowed: at most {most}")
                return files.read(place)
            except FileNotFoundError:
                return None

        return self._patiently(name, once)

    def sizes(self, folder: str = "") -> dict[str, int]:
        """Bytes of all objects below a folder, by name; none where there is no such folder. Names that begin with "."
        are left out. Raises as `write`."""
        return self._patiently(folder, lambda: dict(self._listed(self.place / folder if folder else self.place)))

    def remove(self, name: str) -> None:
        """An object is there no more. Raises as `write`."""

        def once() -> None:
            try:
                (self.place / name).unlink()
            except FileNotFoundError:
                return

        self._patiently(name, once)

    @contextmanager
    def held(self) -> Iterator[None]:
        """A folder belongs to one driver within; what killed ones have left half-written is cleared. An address may
        have several drivers, which do the same twice.

        Raises:
            InUse: another driver holds it.
        """
        if not isinstance(self.place, Path):
            yield
            return
        with disk.full_disk_named(self.place):
            self.place.mkdir(parents=True, exist_ok=True)
            lock = (self.place / ".lock").open("w")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                text = f"{self.place} is in use by another bulk job that is still running"
                raise InUse(text).coded(Code.IN_USE, place=str(self.place)) from None
            for folder in (self.place, *(path for path in self.place.rglob("*") if path.is_dir())):
                for part in disk.leftovers(folder):
                    part.unlink()
            yield

    def _listed(self, folder: files.Location) -> Iterator[tuple[str, int]]:
        root = self.place
        if isinstance(folder, Path) and isinstance(root, Path):
            paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
            yield from ((path.relative_to(root).as_posix(), path.stat().st_size) for path in paths)
            return
        system: Any = folder.fs  # type: ignore[union-attr]
        system.invalidate_cache()
        above = f"{root.path.strip('/')}/"  # type: ignore[union-attr]
        try:
            found = system.find(folder.path, detail=True)  # type: ignore[union-attr]
        except FileNotFoundError:
            return
        for path, entry in found.items():
            name = path.strip("/").removeprefix(above)
            if not name.rpartition("/")[2].startswith("."):
                yield name, int(entry["size"] or 0)

    def _patiently(self, name: str, action: Callable[[], Answer]) -> Answer:
        if not self.remote:
            return action()
        end, wait = time.monotonic() + self.patience_seconds, _FIRST_WAIT
        while True:
            try:
                return action()
            except MammoganesisError:
                raise
            except Exception as error:  # clients of stores have errors of their own, of no common kind
                if lacking := without_credentials(error):
                    found = FailedPrecondition(f"{self.place}: {lacking}")
                    raise found.coded(Code.STORE_REFUSES, place=str(self.place), text=_words(error)) from None
                reason = f"{self.place / name}: {_words(error):.200}"
                told = {"place": str(self.place / name), "text": _words(error)}
                if refuses(error):
                    refused = PermissionDenied(f"{reason}; the store does not allow it")
                    raise refused.coded(Code.STORE_REFUSES, **told) from None
                if time.monotonic() + wait > end:
                    seconds = f"for {self.patience_seconds:.0f} seconds"
                    away = Unavailable(f"{reason}; the store has not done what was asked {seconds}")
                    raise away.coded(Code.STORE_AWAY, **told) from None
                logger.warning("%s; asking again in %.1f s", reason, wait)
            time.sleep(wait * random.uniform(0.5, 1.0))  # many that are throttled do not come back at once
            wait = min(2 * wait, _LONGEST_WAIT)


def _words(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, FileNotFoundError):  # of some clients an address alone
        return f"there is no such bucket ({text})"
    return text or type(error).__name__
