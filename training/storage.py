"""Folders here or elsewhere: a path, or an address that fsspec knows, such as gs://bucket/run or s3://bucket/run.

Elsewhere nothing can be renamed in one go. So a folder is complete there once its last file is, and is never
overwritten: see `upload`.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from upath import UPath

from training.errors import ConfigurationError

Location = Path | UPath


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
    return place


def remote(place: Location) -> bool:
    """Whether the folder is reached through fsspec."""
    return isinstance(place, UPath) and not isinstance(place, Path)


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


def copy(path: Path, target: Location) -> None:
    """Copy one file; a reader sees the old or the new one where the storage knows whole objects only."""
    if isinstance(target, Path):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.part")
        shutil.copyfile(path, temporary)
        temporary.replace(target)
    else:
        target.fs.makedirs(_path(target.parent), exist_ok=True)
        target.fs.put_file(str(path), _path(target))


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
            (self.folder / name).write_bytes(source.read_bytes())

    def push(self) -> None:
        """Copy the files whose size or time has changed since the last call."""
        for path in sorted(self.folder.rglob("*")):
            if not path.is_file() or path.suffix in (".tmp", ".part"):
                continue
            stat = path.stat()
            state = (stat.st_mtime_ns, stat.st_size)
            if self._known.get(path) != state:
                copy(path, self.target / path.relative_to(self.folder).as_posix())
                self._known[path] = state
