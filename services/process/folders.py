"""The private folder of one run: where it can be, that nobody else's is taken for it, and its end.

The run that owns a folder holds a lock on it (flock), which the kernel takes away with the process however that ends.
So a folder without a lock is what a killed run has left. (A lock also keeps systemd-tmpfiles from cleaning it.)
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mammoganesis.errors import DiskFull, Unavailable
from services.process.children import Process, arguments, end_stragglers, writers_below

PREFIX = "mgs-"
LEFT_SECONDS = 2.0
"""For what a killed run has left running to end by itself: it has been asked to by the end of that run."""
_SOCKET_PATH_BYTES = 107 if sys.platform == "linux" else 103
_HAPROXY_BYTES = 97  # what HAProxy takes: it adds to the name while it starts
# The longest that are made below the parent; Ray's session has the time and a process id in its name, and HAProxy's
# sockets lie in a folder with the id of the node.
_OF_RAY = len(f"/{PREFIX}xxxxxxxx/ray/session_2000-01-01_00-00-00_000000_4194304/sockets/plasma_store")
_OF_HAPROXY = len(f"/{PREFIX}xxxxxxxx/h/{'f' * 56}/cli")
_MOST_BYTES = min(_SOCKET_PATH_BYTES - _OF_RAY, _HAPROXY_BYTES - _OF_HAPROXY)
_SHORT_PARENT = "/tmp"
_ATTEMPTS = 5


@contextmanager
def private_folder(room: int) -> Iterator[Path]:
    """A new folder of mode 700 with a short path, locked by this process, gone afterwards.

    Args:
      room: bytes that must be free there.

    Raises:
      Unavailable, DiskFull: as `check_parent`; Unavailable too where folders cannot be locked.
    """
    folder, lock = _new(check_parent(room))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


@contextmanager
def lasting_folder(folder: Path) -> Iterator[Path]:
    """A folder that stays, made with mode 700 where it is not there, and locked by this process. What processes of ours
    are left there by a run that was killed are ended; whoever else writes there is nobody's business.

    Raises:
      Unavailable: it cannot be made or written to, or another process has it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.rmdir(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written to: {os.strerror(error.errno or 0).lower()}") from error
    lock = _lock(folder)
    if lock is None:
        raise Unavailable(f"{folder} is another's: each start that runs at a time needs a folder of its own")
    try:
        while left := list(filter(_is_ours, writers_below(folder.resolve()))):
            end_stragglers(left, LEFT_SECONDS)
        yield folder.resolve()
    finally:
        os.close(lock)


def check_parent(room: int) -> Path:
    """Where private folders lie: the temporary folder (TMPDIR), or /tmp where a socket's path would get too long there.

    Raises:
      Unavailable: no folder can be made there.
      DiskFull: fewer than `room` bytes are free there.
    """
    parent = _parent()
    named, hint = _named(), "TMPDIR can name another folder"
    if str(parent) != named:
        hint = f"TMPDIR, {named}, has {len(os.fsencode(named))} bytes, and sockets below it allow {_MOST_BYTES}"
    try:
        os.rmdir(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        free = shutil.disk_usage(parent).free
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise Unavailable(f"{parent}: no folder can be made there: {reason}; {hint}") from error
    if free < room:
        raise DiskFull(parent, room, free, hint)
    return parent


def clear_left_overs(say: Callable[[str], object] = lambda line: None) -> None:
    """Ends and takes away what runs of this user that were killed have left: their folders, and the processes that
    write there. What a living run owns stays, and so does what is another user's.

    Args:
      say: told a line about each.
    """
    for folder in sorted(_parent().glob(f"{PREFIX}*")):
        try:
            ours = folder.lstat().st_uid == os.getuid()
        except OSError:
            continue
        lock = _lock(folder) if ours else None
        if lock is None:
            continue
        ended = 0
        while left := writers_below(folder):
            end_stragglers(left, LEFT_SECONDS)
            ended += len(left)
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
        say(f"cleared what a killed run had left: {folder}" + (f" and {ended} processes" if ended else ""))


def _is_ours(process: Process) -> bool:
    """Whether a process runs one of our modules."""
    return any(word.startswith("services.") for word in arguments(process))


def _named() -> str:
    return os.environ.get("TMPDIR") or _SHORT_PARENT


def _parent() -> Path:
    named = _named()
    return Path(named if len(os.fsencode(named)) <= _MOST_BYTES else _SHORT_PARENT)


def _new(parent: Path) -> tuple[Path, int]:
    """A new folder and its lock."""
    for _ in range(_ATTEMPTS):  # who clears what was left may come between the two
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = _lock(folder)
        if lock is not None:
            return folder, lock
        shutil.rmtree(folder, ignore_errors=True)
    raise Unavailable(f"{parent}: folders cannot be locked there; TMPDIR can name another folder")


def _lock(folder: Path) -> int | None:
    """The lock of a folder, held until the descriptor is closed; None where another has it or the folder is gone."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    with contextlib.suppress(OSError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock), os.stat(folder)):
            return lock
    os.close(lock)
    return None
