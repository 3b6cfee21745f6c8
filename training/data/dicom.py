"""The door of pydicom on the training side: one mammogram as grey values and the tags that preparation needs.

Grey values are those of `mammoganesis.pictures.dicom_grey`, what is no mammogram is said by `acquisition`.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mammoganesis import files
from mammoganesis.errors import ConfigurationError, DataError, Excluded
from mammoganesis.files import Location
from mammoganesis.pictures.dicom_grey import DEFAULTS as GREY_DEFAULTS
from mammoganesis.pictures.dicom_grey import grey_picture, text_of
from mammoganesis.pictures.dicom_transform import GreyOptions
from mammoganesis.pictures.exclusions import CAN_BE_TAKEN, Reason
from mammoganesis.pictures.limits import MOST_PIXELS
from mammoganesis.pictures.sources import unreadable_named
from training.data.acquisition import check_acquisition
from training.data.identity import NOTHING_STATED, Stated, stated
from training.data.views import side_of, view_of

MARK = b"DICM"  # at byte 128 of every DICOM file
PREAMBLE = 128
INDEX_NAME = "DICOMDIR"  # lists the files of a disc, holds no image
MOST_BYTES = 2**30  # of a file
MOST_INFLATED = 2 * MOST_PIXELS + 2**24  # bytes that a deflated one holds: the largest picture of 16 bits, and tags


@dataclass(frozen=True)
class ReadOptions:
    """How files are read.

    Args:
        grey: how stored values become grey values.
        taken: reasons that do not count, of those that `Reason.can_be_taken`.

    Raises:
        ConfigurationError: another reason is among them.
    """

    grey: GreyOptions = GREY_DEFAULTS
    taken: frozenset[Reason] = frozenset()

    def __post_init__(self) -> None:
        for reason in sorted(self.taken):
            if not reason.can_be_taken:
                allowed = ", ".join(sorted(CAN_BE_TAKEN))
                raise ConfigurationError(f"--include is {reason}; allowed are {allowed}")


DEFAULTS = ReadOptions()


@dataclass(frozen=True)
class DicomImage:
    """What preparation takes from a file; empty strings where a tag is missing or has several values."""

    values: np.ndarray  # [H, W] float32 in [0, 255]
    patient: str  # PatientID (0010,0020)
    side: str  # see `views.side_of`
    view: str  # see `views.view_of`
    instance: str  # SOPInstanceUID (0008,0018)
    remarks: tuple[str, ...] = ()  # what is to be said of it in a report, a sentence each; no identifier
    stated: Stated = NOTHING_STATED  # of the identity of its patient


def is_dicom(path: Location) -> bool:
    """Whether a file is DICOM by its content, whatever its name; the index of a disc is not."""
    if path.name.upper() == INDEX_NAME:
        return False
    try:
        return files.part(path, 0, PREAMBLE + len(MARK))[PREAMBLE:] == MARK
    except OSError:
        return False


def _pydicom() -> Any:
    try:
        import pydicom
        import pydicom.pixels
    except ImportError:
        raise DataError("reading DICOM needs pydicom: pip install 'mammoganesis[train]'") from None
    return pydicom


def read_dicom(path: Path, options: ReadOptions = DEFAULTS) -> DicomImage:
    """Read one mammogram for presentation.

    Raises:
        Excluded: not a DICOM file or a damaged one, no mammogram of a whole breast by `acquisition.check_acquisition`,
            or as `mammoganesis.pictures.dicom_grey.grey_picture`.
    """
    pydicom = _pydicom()
    with unreadable_named(path, "DICOM"):
        _check_bytes(path, pydicom)
        return _image(path, pydicom.dcmread(path), options)


def _check_bytes(path: Path, pydicom: Any) -> None:
    """Refuse what would take too much memory: pydicom reads and inflates a file in one piece."""
    if path.stat().st_size > MOST_BYTES:
        raise Excluded(path, Reason.TOO_LARGE, f"has {path.stat().st_size} bytes; at most {MOST_BYTES} are read")
    if not is_dicom(path):
        return
    meta = pydicom.filereader.read_file_meta_info(path)
    if not meta.get("TransferSyntaxUID", pydicom.uid.ImplicitVRLittleEndian).is_deflated:
        return
    inflater, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    with path.open("rb") as file:
        file.seek(PREAMBLE + len(MARK) + 12 + meta.FileMetaInformationGroupLength)  # 12: the element of that length
        while chunk := inflater.unconsumed_tail or file.read(2**20):
            size += len(inflater.decompress(chunk, 2**20))
            if size > MOST_INFLATED:
                raise Excluded(path, Reason.TOO_LARGE, f"is deflated and holds more than {MOST_INFLATED} bytes")


def _image(path: Path, data: Any, options: ReadOptions) -> DicomImage:
    check_acquisition(data, path, options.taken)
    picture = grey_picture(data, path, options.grey)
    side, contradiction = side_of(data)
    return DicomImage(
        values=picture.values,
        patient=text_of(data.get("PatientID")),
        side=side,
        view=view_of(data),
        instance=text_of(data.get("SOPInstanceUID")),
        remarks=(*picture.remarks, *filter(None, [contradiction])),
        stated=stated(data),
    )
