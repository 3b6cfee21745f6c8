"""The door of pydicom on the training side: one mammogram as grey values and the tags that preparation needs.

Window first, then quantise: the values go through the file's modality and VOI transformations, MONOCHROME1 is
inverted so that dense tissue is bright, and the result is scaled to [0, 255].
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mammoganesis.errors import DataError
from training.data.images import stretch

SUFFIXES = frozenset({".dcm", ".dicom"})


@dataclass(frozen=True)
class DicomImage:
    """What preparation takes from a file; empty strings where a tag is missing."""

    values: np.ndarray  # [H, W] float32 in [0, 255]
    patient: str  # PatientID (0010,0020)
    side: str  # ImageLaterality (0020,0062), or Laterality (0020,0060)
    view: str  # ViewPosition (0018,5101)


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
        DataError: not a DICOM file, no pixels, a photometric interpretation other than MONOCHROME1 or MONOCHROME2,
            several frames, or pixels that no installed decoder reads.
    """
    pydicom = _pydicom()
    try:
        data = pydicom.dcmread(path)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (pydicom.errors.InvalidDicomError, OSError, EOFError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as DICOM ({error})") from error
    if "PixelData" not in data:
        raise DataError(f"{path}: holds no pixels (Modality {data.get('Modality', 'unknown')})")
    photometric = str(data.get("PhotometricInterpretation", ""))
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise DataError(
            f"{path}: PhotometricInterpretation is {photometric!r}; allowed are MONOCHROME1 and MONOCHROME2"
        )
    try:
        values = pydicom.pixels.apply_modality_lut(data.pixel_array, data)
        values = pydicom.pixels.apply_voi_lut(values, data)
    except Exception as error:  # decoders raise whatever they like
        raise DataError(f"{path}: the pixels cannot be decoded ({error})") from error
    if values.ndim != 2:
        raise DataError(f"{path}: pixels of shape {values.shape}; one frame of [rows, columns] is needed")
    values = stretch(np.asarray(values, dtype=np.float32))
    if photometric == "MONOCHROME1":
        values = 255.0 - values
    side = data.get("ImageLaterality") or data.get("Laterality") or ""
    return DicomImage(values, str(data.get("PatientID", "") or ""), str(side), str(data.get("ViewPosition", "") or ""))
