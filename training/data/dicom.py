"""The door of pydicom on the training side: one mammogram as grey values and the tags that preparation needs.

Padding first, then the window, then quantise: padded pixels become background, the values go through the file's
modality and VOI transformations, inverse presentation is inverted so that dense tissue is bright, and the result is
scaled to [0, 255].
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mammoganesis.errors import DataError, shown
from mammoganesis.pictures.dicom_marks import mark_of
from mammoganesis.pictures.pixels import stretch
from training.data.images import check_size, reason_of, unreadable_named

SUFFIXES = frozenset({".dcm", ".dicom"})
MARK = b"DICM"  # at byte 128 of every DICOM file
PREAMBLE = 128
INDEX_NAME = "DICOMDIR"  # lists the files of a disc, holds no image
MOST_BYTES = 2**30  # of a file, and of what a deflated one holds


@dataclass(frozen=True)
class DicomImage:
    """What preparation takes from a file; empty strings where a tag is missing or has several values."""

    values: np.ndarray  # [H, W] float32 in [0, 255]
    patient: str  # PatientID (0010,0020)
    side: str  # ImageLaterality (0020,0062), or Laterality (0020,0060)
    view: str  # ViewPosition (0018,5101)
    instance: str  # SOPInstanceUID (0008,0018)


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM by its content, whatever its name; the index of a disc is not."""
    if path.name.upper() == INDEX_NAME:
        return False
    try:
        with path.open("rb") as file:
            return file.read(PREAMBLE + len(MARK))[PREAMBLE:] == MARK
    except OSError:
        return False


def _pydicom() -> Any:
    try:
        import pydicom
        import pydicom.pixels
    except ImportError:
        raise DataError("reading DICOM needs pydicom: pip install 'mammoganesis[train]'") from None
    return pydicom


def read_dicom(path: Path) -> DicomImage:
    """Read one single-frame grey-scale image.

    Raises:
        DataError: not a DICOM file or a damaged one, a synthetic image, no pixels, a photometric interpretation other
            than MONOCHROME1 or MONOCHROME2, several frames, too many pixels, or pixels that no installed decoder reads.
    """
    pydicom = _pydicom()
    with unreadable_named(path, "DICOM"):
        _check_bytes(path, pydicom)
        return _image(path, pydicom.dcmread(path), pydicom.pixels)


def _check_bytes(path: Path, pydicom: Any) -> None:
    """Refuse what would take too much memory: pydicom reads and inflates a file in one piece."""
    if path.stat().st_size > MOST_BYTES:
        raise DataError(f"{path}: has {path.stat().st_size} bytes; at most {MOST_BYTES} are read")
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
            if size > MOST_BYTES:
                raise DataError(f"{path}: is deflated and holds more than {MOST_BYTES} bytes")


def _image(path: Path, data: Any, pixels: Any) -> DicomImage:
    if mark := mark_of(data):
        raise DataError(f"{path}: is synthetic and not for training ({mark})")
    if "PixelData" not in data:
        raise DataError(f"{path}: holds no pixels (Modality {shown(data.get('Modality'))})")
    photometric = str(data.get("PhotometricInterpretation", ""))
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise DataError(
            f"{path}: PhotometricInterpretation is {shown(photometric)}; allowed are MONOCHROME1 and MONOCHROME2"
        )
    check_size(path, int(data.Columns), int(data.Rows) * int(data.get("NumberOfFrames") or 1))
    inverse = photometric == "MONOCHROME1" or _text(data.get("PresentationLUTShape")) == "INVERSE"
    try:
        stored = data.pixel_array
    except Exception as error:  # decoders raise whatever they like
        raise DataError(f"{path}: the pixels cannot be decoded ({reason_of(error)})") from error
    if stored.ndim != 2:
        raise DataError(f"{path}: pixels of shape {stored.shape}; one frame of [rows, columns] is needed")
    stored = _without_padding(path, stored, data, brightest=inverse)
    values = stretch(np.asarray(pixels.apply_voi_lut(pixels.apply_modality_lut(stored, data), data), np.float32))
    side = _text(data.get("ImageLaterality")) or _text(data.get("Laterality"))
    return DicomImage(
        255.0 - values if inverse else values,
        _text(data.get("PatientID")),
        side,
        _text(data.get("ViewPosition")).upper(),
        _text(data.get("SOPInstanceUID")),
    )


def _text(value: Any) -> str:
    """A tag's text without the blanks and NUL that fill it up; empty for nothing, and for several values."""
    several = not isinstance(value, str) and hasattr(value, "__iter__")
    return "" if value is None or several else str(value).strip(" \0")


def _without_padding(path: Path, stored: np.ndarray, data: Any, brightest: bool) -> np.ndarray:
    """Pixel Padding Value (0028,0120), up to Pixel Padding Range Limit, becomes background (PS3.3 C.7.5.1.1.2).

    Args:
        stored: values as stored [H, W].
        brightest: whether the background has the highest stored values, not the lowest.
    """
    if data.get("PixelPaddingValue") is None:
        return stored
    first = int(data.PixelPaddingValue)
    last = int(data.get("PixelPaddingRangeLimit", first))
    low, high = sorted(int(np.int64(value).astype(stored.dtype)) for value in (first, last))
    padded = (stored >= low) & (stored <= high)
    if padded.all():
        raise DataError(f"{path}: every pixel is padding (PixelPaddingValue {first})")
    rest = stored[~padded]
    return np.where(padded, rest.max() if brightest else rest.min(), stored)
