"""One file, whatever it is, as grey values and what the file itself says of them."""

from __future__ import annotations

from pathlib import Path

from mammoganesis.files import Location
from mammoganesis.pictures.file_texts import texts_of
from mammoganesis.pictures.sources import DICOM_SUFFIXES
from training.data import dicom, images
from training.data.dicom import DEFAULTS, DicomImage, ReadOptions
from training.data.identity import stated_by_texts


def read(path: Path, options: ReadOptions = DEFAULTS) -> DicomImage:
    """Read a mammogram; a PNG, JPEG or TIFF file states neither side nor view, and of its patient what its texts do.

    The content decides what a file is; a suffix of DICOM only says what it should have been.

    Raises:
        Excluded: the file gives no image, for one of the reasons of `mammoganesis.pictures.exclusions`.
        DataError: it is missing.
    """
    if states_patient(path):
        return dicom.read_dicom(path, options)
    pixels = images.read_raster(path)
    return DicomImage(pixels, "", "", "", "", stated=stated_by_texts(texts_of(path)))


def states_patient(path: Location) -> bool:
    """Whether a file can say whose it is."""
    return dicom.is_dicom(path) or path.suffix.lower() in DICOM_SUFFIXES
