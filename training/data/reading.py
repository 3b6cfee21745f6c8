"""One file, whatever it is, as grey values and what the file itself says of them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.sources import DICOM_SUFFIXES
from training.data import dicom, images
from training.data.dicom import DicomImage


def read(path: Path, taken: Collection[Reason] = ()) -> DicomImage:
    """Read a mammogram; a PNG, JPEG or TIFF file states nothing of its patient, side or view.

    The content decides what a file is; a suffix of DICOM only says what it should have been.

    Args:
        path: of the file.
        taken: reasons that do not count, of those that `Reason.can_be_taken`.

    Raises:
        Excluded: the file gives no image, for one of the reasons of `mammoganesis.pictures.exclusions`.
        DataError: it is missing.
    """
    if states_patient(path):
        return dicom.read_dicom(path, taken)
    return DicomImage(images.read_raster(path), "", "", "", "")


def states_patient(path: Path) -> bool:
    """Whether a file can say whose it is."""
    return dicom.is_dicom(path) or path.suffix.lower() in DICOM_SUFFIXES
