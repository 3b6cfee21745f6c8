"""What is written to a disk of this machine: whole, flushed, and with a clear error where there is no room.

A reader, also after a crash or on a full disk, sees what was there before or the whole of what is new; nothing
half-written stays.
"""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mammoganesis.errors import DiskFull

SUFFIX = ".part"
"""How names end under which something is written that is not whole yet."""
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def write(place: Path, content: bytes) -> None:
    """Write one file whole; its folder is made where it is missing.

    Raises:
        DiskFull: there is no room; what was there before is as it was.
        OSError: it cannot be written for another reason.
    """
    with full_disk_named(place, len(content)):
        temporary = unfinished(place)
        _written(os.fspath(temporary), content)
        try:
            sync(temporary)
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)
        sync(place.parent)


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Write files of this machine, each whole as `write` does, and all on the disk in the end. They are flushed
    together: one after the other takes a hundred times as long.

    Raises:
        DiskFull: there is no room; those before are there.
        OSError: one cannot be written for another reason; likewise.
    """
    waiting: list[tuple[str, str]] = []  # what is written, and where it belongs
    ending = _ending()
    try:
        for place, content in contents.items():
            path = os.fspath(place)
            folder, name = os.path.split(path)
            try:
                waiting.append((_written(os.path.join(folder, f".{name}{ending}"), content), path))
            except OSError:
                with full_disk_named(place, len(content)):
                    raise
    finally:
        _show(waiting)


def _show(waiting: list[tuple[str, str]]) -> None:
    """Files that are written appear where they belong, on one disk or several."""
    folders = {os.path.dirname(path) or os.curdir for _, path in waiting}
    disks = {os.stat(folder).st_dev: Path(folder) for folder in folders}.values()
    try:
        for disk in disks:
            with full_disk_named(disk):
                _sync_disk(disk)
        while waiting:
            os.replace(*waiting[-1])
            waiting.pop()
        for disk in disks:
            _sync_disk(disk)
    finally:
        for temporary, _ in waiting:
            Path(temporary).unlink(missing_ok=True)


def _written(temporary: str, content: bytes) -> str:
    """Its name, when a new file is written, whose folder is made where it is missing; not on the disk yet."""
    try:
        descriptor = os.open(temporary, _NEW_FILE, 0o666)
    except FileNotFoundError:
        Path(temporary).parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporary, _NEW_FILE, 0o666)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    return temporary


def write_secret(place: Path, content: bytes, replace: bool = False) -> bool:
    """Write one file whole that its owner alone can read (mode 0600); folders that are missing are made for the owner
    alone. Where there is one it stays, unless `replace` is said; of several who write at once one succeeds.

    Returns:
        whether it was written.

    Raises:
        DiskFull: there is no room.
        OSError: it cannot be written for another reason.
    """
    if place.exists() and not replace:
        return False
    with full_disk_named(place, len(content)):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = unfinished(place)
        try:
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if replace:
                temporary.replace(place)
            else:
                os.link(temporary, place)
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
        sync(place.parent)
    return True


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder that appears whole: what the block writes into the folder it gets stands at `target` afterwards.

    When the block fails nothing of it stays. The files are flushed to the disk before they appear.

    Raises:
        FileExistsError: `target` is there already.
        DiskFull: there is no room.
    """
    if target.exists() or target.is_symlink():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    temporary = unfinished(target)
    try:
        with full_disk_named(target):
            temporary.mkdir(parents=True)
            yield temporary
            for path in temporary.rglob("*"):
                sync(path)
            sync(temporary)
            temporary.rename(target)
            sync(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def leftovers(folder: Path) -> list[Path]:
    """What a killed process has left behind in `folder` of files and folders that never became whole."""
    return sorted(folder.glob(f".*{SUFFIX}"))


@contextmanager
def full_disk_named(place: object, wanted: int | None = None) -> Iterator[None]:
    """Turns "no space left" of the block into DiskFull for `place`; `wanted` is the number of bytes to be written."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(place, wanted, _free(place)) from error
        if str(error.filename or "").endswith(SUFFIX):
            error.filename = str(place)  # a person knows the file by its own name
        raise


def unfinished(target: Path) -> Path:
    """Under which name something is written until it is whole: beside its own, and no other call's."""
    return target.with_name(f".{target.name}{_ending()}")


def _ending() -> str:
    """Of names that are written under: no other process, and no other call, has it."""
    return f".{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"


def _sync_disk(folder: Path) -> None:
    """What has been written to the file system of a folder is on its disk: syncfs(2), which Python does not have."""
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:  # not Linux
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if syncfs(descriptor):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
    finally:
        os.close(descriptor)


def sync(path: Path) -> None:
    """What a file holds, or which names a folder has, is on the disk afterwards."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _free(place: object) -> int | None:
    """Bytes left where `place` lies; None where this is not known."""
    for folder in (place, *place.parents) if isinstance(place, Path) else ():
        if folder.exists():
            return shutil.disk_usage(folder).free
    return None
