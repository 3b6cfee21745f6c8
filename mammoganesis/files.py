"""Files and folders here or elsewhere: a path, or an address that fsspec knows, such as gs://bucket/run.

What is written appears whole: a file of this machine by `mammoganesis/disk.py`, an object of a store at once.
Elsewhere nothing can be renamed in one go, so a folder is complete there once its last file is, and is never
overwritten: see `upload`.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from upath import UPath

from mammoganesis import disk
from mammoganesis.errors import ConfigurationError

Location = Path | UPath

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
    disk.write(place, content)


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
        with disk.full_disk_named(copied):
            place.fs.get_file(_path(place), str(copied))
        yield copied


def hand_over(path: Path, target: Location) -> None:
    """Move one file, which is on the disk whole, to where it belongs: by its name on the same disk, else as `copy`."""
    if isinstance(target, Path):
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
        disk.sync(target.parent)
    else:
        copy(path, target)
        path.unlink()


def copy(path: Path, target: Location) -> None:
    """Copy one file; a reader sees the old or the new one where the storage knows whole objects only."""
    if isinstance(target, Path):
        with disk.full_disk_named(target, path.stat().st_size):
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = disk.unfinished(target)
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
            if not path.is_file() or path.suffix == disk.SUFFIX:
                continue
            stat = path.stat()
            state = (stat.st_mtime_ns, stat.st_size)
            if self._known.get(path) != state:
                copy(path, self.target / path.relative_to(self.folder).as_posix())
                self._known[path] = state
