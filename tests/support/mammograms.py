"""Drawn mammograms, each with a texture of its own, and DICOM files of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage


def mammogram(seed: int = 0, height: int = 120, width: int = 90, left: bool = True) -> np.ndarray:
    """A breast on black whose texture depends on the seed: [height, width] float32 in [0, 255]."""
    y, x = np.mgrid[:height, :width]
    x = x if left else width - 1 - x
    inside = (x / (0.8 * width)) ** 2 + ((y - height / 2) / (0.45 * height)) ** 2 < 1
    noise = ndimage.gaussian_filter(np.random.RandomState(seed).randn(height, width), height / 40)
    return np.where(inside, np.clip(110 + 40 * noise / noise.std(), 30, 230), 0).astype(np.float32)


def write_png(path: Path, values: np.ndarray, **options: Any) -> Path:
    """Grey values as an 8-bit PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.rint(values).astype(np.uint8)).save(path, "PNG", **options)
    return path


def write_dicom(path: Path, stored: np.ndarray, photometric: str = "MONOCHROME2", **tags: Any) -> Path:
    """A mammogram for presentation with these stored values [H, W]; `tags` replace or add, None removes."""
    pydicom = pytest.importorskip("pydicom")
    signed = np.issubdtype(stored.dtype, np.signedinteger)
    data = pydicom.Dataset()
    data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"  # digital mammography, for presentation
    data.SOPInstanceUID = pydicom.uid.generate_uid(entropy_srcs=[str(path)])
    data.PatientID, data.ImageLaterality, data.ViewPosition, data.Modality = "synthetic", "L", "MLO", "MG"
    data.Rows, data.Columns = stored.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, photometric
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, int(signed)
    data.PixelData = stored.astype("<i2" if signed else "<u2").tobytes()
    syntax = tags.pop("TransferSyntaxUID", pydicom.uid.ExplicitVRLittleEndian)
    for name, value in tags.items():
        delattr(data, name) if value is None else setattr(data, name, value)
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.file_meta.TransferSyntaxUID = syntax
    path.parent.mkdir(parents=True, exist_ok=True)
    data.save_as(path, enforce_file_format=True)
    return path
