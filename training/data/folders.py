"""The files of a folder, here or elsewhere: those to look at, and those that are hidden."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from mammoganesis.errors import DataError
from mammoganesis.files import Location

ARCHIVE_LEFTOVERS = "__MACOSX"  # what macOS adds to a zip file


@dataclass(frozen=True)
class Files:
    """All files below a folder, by their sorted paths."""

    folder: Location
    visible: tuple[Location, ...]
    hidden: tuple[Location, ...]  # .DS_Store, AppleDouble's ._NAME, and what lies in folders of such names

    @property
    def called(self) -> str:
        """The folder in words."""
        return printable(self.folder.name) or "source"

    def name(self, path: Location) -> str:
        """Folder and path below it, as text of one line."""
        return f"{self.called}/{printable(_below(path, self.folder))}"


def printable(name: str) -> str:
    """A name of this machine as text of one line: what is no character, or cannot be printed, by its escape."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in name)


def files_of(folder: Location) -> Files:
    """The files of a folder and its subfolders.

    Raises:
        DataError: a folder cannot be listed.
    """
    try:
        found = _walked(folder) if isinstance(folder, Path) else _found(folder)
    except OSError as error:
        raise DataError(f"{error.filename or folder}: cannot be listed ({error.strerror or error})") from error
    hidden = {path for path in found if _is_hidden(_below(path, folder))}
    return Files(folder, tuple(path for path in found if path not in hidden), tuple(sorted(hidden, key=str)))


def _walked(folder: Path) -> list[Location]:
    def refuse(error: OSError) -> None:
        raise error

    found = [Path(place, name) for place, _, names in os.walk(folder, onerror=refuse) for name in names]
    return sorted(path for path in found if path.is_file())


def _found(folder: Location) -> list[Location]:
    root, store = _address(folder), cast(Any, folder).fs
    return [folder / path[len(root) + 1 :] for path in sorted(store.find(root))]


def _below(path: Location, folder: Location) -> str:
    if isinstance(path, Path) and isinstance(folder, Path):
        return path.relative_to(folder).as_posix()
    one, root = _address(path), _address(folder)
    return one[len(root) + 1 :]


def _address(place: Any) -> str:
    """Below its store."""
    return place.path.rstrip("/")


def _is_hidden(below: str) -> bool:
    return any(part.startswith(".") or part == ARCHIVE_LEFTOVERS for part in below.split("/"))
