"""Lossy JPEG of 12 bits (1.2.840.10008.1.2.4.51, process 4 of ITU-T T.81), the door of GDCM.

GDCM reads it, to the value as dcmtk does; pydicom, which calls GDCM for other kinds of JPEG, does not ask
it. The decoder that pydicom would take is under the GPL.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_PIXEL_DATA = 0x7FE0, 0x0010


def is_one(data: Any) -> bool:
    """Whether a pydicom.Dataset of one greyscale frame holds it."""
    from pydicom.uid import JPEGExtended12Bit

    return data.file_meta.TransferSyntaxUID == JPEGExtended12Bit and int(data.BitsStored) > 8


def decoded(data: Any) -> np.ndarray:
    """The stored values [Rows, Columns], uint16 or int16.

    Args:
        data: a pydicom.Dataset for which `is_one` says yes, and whose compressed data has the size that it states.

    Raises:
        NotImplementedError: GDCM is not installed; in words that pydicom uses for it.
        ValueError: the data is damaged, or not as the file says.
    """
    from pydicom.encaps import get_frame

    try:
        import gdcm
    except ImportError:
        raise NotImplementedError("pydicom alone does not support JPEG of 12 bits") from None
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(get_frame(data.PixelData, 0, number_of_frames=1))
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(*_PIXEL_DATA))
    element.SetValue(fragments.__ref__())
    rows, columns, signed = int(data.Rows), int(data.Columns), int(data.PixelRepresentation)
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, int(data.BitsStored), int(data.BitsStored) - 1, signed))
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGExtendedProcess2_4))
    image.SetDataElement(element)
    values = image.GetBuffer()
    if not isinstance(values, str) or len(buffer := values.encode("utf-8", "surrogateescape")) != 2 * rows * columns:
        raise ValueError("GDCM cannot decode it")
    return np.frombuffer(buffer, np.int16 if signed else np.uint16).reshape(rows, columns)
