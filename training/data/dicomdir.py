"""DICOMDIR: the index of a disc or of an exported folder, and the files that it names (PS3.3 annex F, PS3.10 8.6)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mammoganesis.errors import DataError
from mammoganesis.files import Location
from mammoganesis.pictures.limits import reason_of
from training.data.dicom import INDEX_NAME
from training.data.folders import Files

IMAGE = "IMAGE"  # DirectoryRecordType (0004,1430) of one


@dataclass(frozen=True)
class Reference:
    """A file that an index names."""

    name: str  # as it stands there, with slashes
    kind: str  # DirectoryRecordType
    path: Location | None  # None where there is no such file


def is_index(path: Location) -> bool:
    """Whether a file is the index of a disc, by its name, which is fixed."""
    return path.name.upper() == INDEX_NAME


def references(path: Location, files: Files) -> list[Reference]:
    """The files that an index names, in its order.

    Discs spell names otherwise than their index does: in small letters, or with a version behind (";1").

    Args:
        path: the index.
        files: those of its folder.

    Raises:
        DataError: it cannot be read.
    """
    by_name = {_plain(files.name(file).partition("/")[2]): file for file in files.visible}
    return [Reference(name, kind, by_name.get(_plain(name))) for name, kind in _named(path)]


def _plain(name: str) -> str:
    return "/".join(part.partition(";")[0].rstrip(".") for part in name.casefold().split("/"))


def _named(path: Location) -> Iterator[tuple[str, str]]:
    import pydicom  # not at the top: few sources have one

    try:
        records: Any = pydicom.dcmread(io.BytesIO(path.read_bytes()), force=True).get("DirectoryRecordSequence") or []
        for record in records:
            file_id = record.get("ReferencedFileID")
            if file_id:
                parts = [file_id] if isinstance(file_id, str) else list(file_id)
                yield "/".join(map(str, parts)), str(record.get("DirectoryRecordType", ""))
    except Exception as error:  # damaged files make pydicom raise any kind
        raise DataError(f"{path}: cannot be read as a DICOMDIR ({reason_of(error)})") from error
