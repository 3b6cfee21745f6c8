"""What is sent: DICOM files that say that they are synthetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mammoganesis.errors import InvalidArgument

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True)
class Instance:
    """One file, by the identifiers that a server is asked for."""

    name: str  # for people
    study_uid: str
    series_uid: str
    instance_uid: str
    load: Callable[[], Dataset] = field(repr=False)  # again for each use: many files are never held at a time
    has_picture: bool = True  # not so of outlines that stand beside one


def instance_of(name: str, read: Callable[[], bytes]) -> Instance:
    """The instance in a file, which is read once now and once for each use.

    Raises:
        InvalidArgument: it is no DICOM file, is damaged, or does not say that it is synthetic: nothing else is sent.
    """
    from mammoganesis.pictures.dicom import damage_named, read_data_set
    from mammoganesis.pictures.dicom_marks import mark_of

    content = read()
    try:
        with damage_named("file", len(content)):
            data = read_data_set(content, "file")
            marked = mark_of(data)
    except InvalidArgument as error:
        raise error.in_file(name) from None
    identifiers = [str(data.get(f"{of}InstanceUID") or "") for of in ("Study", "Series", "SOP")]
    if not marked or not all(identifiers):
        allowed = "a DICOM file made by MammoGANesis, which says that it is synthetic; nothing else is sent"
        raise InvalidArgument("file", Path(name), allowed)
    return Instance(name, *identifiers, load=lambda: read_data_set(read(), "file"), has_picture="PixelData" in data)
