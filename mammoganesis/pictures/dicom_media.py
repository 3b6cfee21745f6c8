"""DICOM files together on a medium: folders of patients, studies and series, and a DICOMDIR that lists them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from pydicom import dcmread
from pydicom.fileset import FileSet

FILE_SET_ID = "SYNTHETIC"


def write_file_set(folder: Path, files: Iterable[bytes]) -> None:
    """Writes DICOM files of ours into an empty folder, under names of the standard, and a DICOMDIR."""
    file_set = FileSet()
    file_set.ID = FILE_SET_ID
    for data in files:
        file_set.add(dcmread(io.BytesIO(data)))
    file_set.write(folder)
