"""Files and folders here or elsewhere: a path, or an address that fsspec knows, such as gs://bucket/run.

The one way to write: `write` for a file, `write_all` for many, `new_folder` for a folder. A reader, also after a crash
or on a full disk, sees what was there before or the whole of what is new; nothing half-written stays.

Elsewhere nothing can be renamed in one go. So a folder is complete there once its last file is, and is never
overwritten: see `upload`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import secrets
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from upath import UPath

from mammoganesis.errors import ConfigurationError, DiskFull

Location = Path | UPath

_SUFFIX = ".part"
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
# Of addresses where a name needs no folder above it, and asking for one could make a bucket.
_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oci"})


def location(text: str | Location) -> Location:
    """What a user means by a path or an address.

    Raises:
        ConfigurationError: no program for such addresses is known or installed.
    """
    if not isinstance(text, str):
        return text
    if "://" not in text:
        return Path(text)
    try:
        place = UPath(text)
        _ = place.fs
    except (ImportError, ValueError) as error:
        raise ConfigurationError(f"{text}: no way to such addresses ({error})") from error
    return Path(place.path) if place.protocol in ("file", "local") else place


def plain_name(title: str) -> str:
    """Of a title what every file system takes: up to 60 lower-case letters of ASCII, digits and "_"; "" where nothing
    of it is left."""
    folded = unicodedata.normalize("NFKD", title.casefold())
    letters = "".join(character for character in folded if not unicodedata.combining(character))
    return re.sub(r"[^a-z0-9]+", "_", letters)[:60].strip("_")


def remote(place: Location) -> bool:
    """Whether the folder is reached through fsspec."""
    return isinstance(place, UPath) and not isinstance(place, Path)


def write(place: Location, content: bytes) -> None:
    """Write one file whole; its folder is made where it is missing.

    Raises:
        DiskFull: there is no room; what was there before is as it was.
        OSError: it cannot be written for another reason.
    """
    if not isinstance(place, Path):
        _make_folder(place.parent)
        place.fs.pipe_file(_path(place), content)  # an object appears whole
        return
    with full_disk_named(place, len(content)):
        temporary = _temporary(place)
        _written(os.fspath(temporary), content)
        try:
            _sync(temporary)
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)
        _sync(place.parent)


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
        temporary = _temporary(place)
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
        _sync(place.parent)
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
    temporary = _temporary(target)
    try:
        with full_disk_named(target):
            temporary.mkdir(parents=True)
            yield temporary
            for path in temporary.rglob("*"):
                _sync(path)
            _sync(temporary)
            temporary.rename(target)
            _sync(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def leftovers(folder: Path) -> list[Path]:
    """What a killed process has left behind in `folder` of files and folders that never became whole."""
    return sorted(folder.glob(f".*{_SUFFIX}"))


@contextmanager
def full_disk_named(place: Location, wanted: int | None = None) -> Iterator[None]:
    """Turns "no space left" of the block into DiskFull for `place`; `wanted` is the number of bytes to be written."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(place, wanted, _free(place)) from error
        if str(error.filename or "").endswith(_SUFFIX):
            error.filename = str(place)  # a person knows the file by its own name
        raise


def _temporary(target: Path) -> Path:
    return target.with_name(f".{target.name}{_ending()}")


def _ending() -> str:
    """Of names that are written under: no other process, and no other call, has it."""
    return f".{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"


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


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _free(place: Location) -> int | None:
    """Bytes left where `place` lies; None where this is not known."""
    for folder in (place, *place.parents) if isinstance(place, Path) else ():
        if folder.exists():
            return shutil.disk_usage(folder).free
    return None


def remove(folder: Location) -> None:
    """Remove a folder with all that is in it; it may be missing."""
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.exists():
        folder.fs.rm(folder.path, recursive=True)


def move(folder: Location, target: Location) -> None:
    """Move a folder to a place beside it; what was there is removed."""
    remove(target)
    if isinstance(folder, Path):
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(str(target))
    else:
        folder.fs.mv(folder.path, _path(target), recursive=True)


def upload(folder: Path, target: Location, last: str) -> None:
    """Copy a flat folder elsewhere, the file named `last` after all others: it says that the folder is complete."""
    for path in sorted(folder.iterdir(), key=lambda path: (path.name == last, path.name)):
        copy(path, target / path.name)


def size(place: Location) -> int:
    """Bytes of a file, as its storage says now.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be asked for.
    """
    if isinstance(place, Path):
        return place.stat().st_size
    place.fs.invalidate_cache()
    return int(place.fs.size(_path(place)) or 0)


def read(place: Location) -> bytes:
    """What a file holds now: one request, and no answer from what was listed before.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be read.
    """
    if isinstance(place, Path):
        return place.read_bytes()
    content: bytes = place.fs.cat_file(_path(place))  # pyright: ignore[reportAssignmentType]
    return content


def part(place: Location, start: int, end: int) -> bytes:
    """The bytes of a file from `start` up to `end`, fewer where it is shorter; nothing more is fetched.

    Raises:
        OSError: it cannot be read.
    """
    if isinstance(place, Path):
        with place.open("rb") as file:
            file.seek(start)
            return file.read(end - start)
    content: bytes = place.fs.cat_file(_path(place), start=start, end=end)  # pyright: ignore[reportAssignmentType]
    return content


@contextmanager
def here(place: Location) -> Iterator[Path]:
    """The file as one of this machine for the block: itself, or a copy that goes afterwards.

    Raises:
        OSError: it cannot be read.
        DiskFull: there is no room for the copy.
    """
    if isinstance(place, Path):
        yield place
        return
    with tempfile.TemporaryDirectory(prefix="mammoganesis-") as folder:
        copied = Path(folder, place.name)
        with full_disk_named(copied):
            place.fs.get_file(_path(place), str(copied))
        yield copied


def hand_over(path: Path, target: Location) -> None:
    """Move one file, which is on the disk whole, to where it belongs: by its name on the same disk, else as `copy`."""
    if isinstance(target, Path):
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
        _sync(target.parent)
    else:
        copy(path, target)
        path.unlink()


def copy(path: Path, target: Location) -> None:
    """Copy one file; a reader sees the old or the new one where the storage knows whole objects only."""
    if isinstance(target, Path):
        with full_disk_named(target, path.stat().st_size):
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = _temporary(target)
            try:
                shutil.copyfile(path, temporary)
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
    else:
        _make_folder(target.parent)
        target.fs.put_file(str(path), _path(target))


def _make_folder(folder: Any) -> None:
    if folder.protocol not in _OBJECT_STORES:
        folder.fs.makedirs(_path(folder), exist_ok=True)


def _path(place: Any) -> str:
    return place.path


class Mirror:
    """Copies what is new or changed below a working folder to a folder elsewhere; checkpoints go by themselves."""

    def __init__(self, folder: Path, target: Location) -> None:
        self.folder, self.target = folder, target
        self._known: dict[Path, tuple[int, int]] = {}

    def fetch(self, name: str) -> None:
        """Bring one file here, if it is there."""
        source = self.target / name
        if source.is_file():
            write(self.folder / name, source.read_bytes())

    def push(self) -> None:
        """Copy the files whose size or time has changed since the last call."""
        for path in sorted(self.folder.rglob("*")):
            if not path.is_file() or path.suffix == _SUFFIX:
                continue
            stat = path.stat()
            state = (stat.st_mtime_ns, stat.st_size)
            if self._known.get(path) != state:
                copy(path, self.target / path.relative_to(self.folder).as_posix())
                self._known[path] = state
