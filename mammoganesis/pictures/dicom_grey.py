"""Grey values of a DICOM mammogram, ours or of a machine.

Padding first, then the window, then quantise: padded pixels become background, the values go through the file's
modality and VOI transformations, inverse presentation is inverted so that dense tissue is bright, and the result is
scaled to [0, 255].
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mammoganesis.errors import Excluded, shown
from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.limits import check_size, reason_of
from mammoganesis.pictures.pixels import stretch


def grey_values(data: Any, name: object) -> np.ndarray:
    """[H, W] float32 in [0, 255] of a data set.

    Args:
        data: a pydicom.Dataset of one greyscale frame.
        name: of the file, for errors.

    Raises:
        Excluded: no pixels, a photometric interpretation other than MONOCHROME1 or MONOCHROME2, several frames, too
            many pixels, or pixels that no installed decoder reads.
    """
    from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut  # not at the top: few files are DICOM

    if "PixelData" not in data:
        raise Excluded(name, Reason.NOT_AN_IMAGE, f"holds no pixels (Modality {shown(data.get('Modality'))})")
    photometric = str(data.get("PhotometricInterpretation", ""))
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        sentence = f"PhotometricInterpretation is {shown(photometric)}; allowed are MONOCHROME1 and MONOCHROME2"
        raise Excluded(name, Reason.NOT_GREY, sentence)
    check_size(name, int(data.Columns), int(data.Rows) * int(data.get("NumberOfFrames") or 1))
    inverse = photometric == "MONOCHROME1" or text_of(data.get("PresentationLUTShape")) == "INVERSE"
    try:
        stored = data.pixel_array
    except Exception as error:  # decoders raise whatever they like
        raise _undecoded(data, name, error) from error
    if stored.ndim != 2:
        sentence = f"pixels of shape {stored.shape}; one frame of [rows, columns] is needed"
        raise Excluded(name, Reason.TOMOSYNTHESIS, sentence)
    stored = _without_padding(name, stored, data, brightest=inverse)
    values = stretch(np.asarray(apply_voi_lut(apply_modality_lut(stored, data), data), np.float32))
    return 255.0 - values if inverse else values


def _undecoded(data: Any, name: object, error: Exception) -> Excluded:
    """Damage, or a compression for which nothing is installed."""
    from pydicom.pixels import get_decoder

    syntax = data.file_meta.TransferSyntaxUID
    try:
        known = get_decoder(syntax).is_available
    except NotImplementedError:  # no still pictures, such as those of films
        known = False
    if known:
        return Excluded(name, Reason.DAMAGED, f"the pixels cannot be decoded ({reason_of(error)})")
    sentence = f"no installed decoder reads {syntax.name}; pip install 'mammoganesis[train]' brings those there are"
    return Excluded(name, Reason.UNDECODABLE, sentence)


def text_of(value: Any) -> str:
    """A tag's text without the blanks and NUL that fill it up; empty for nothing, and for several values."""
    several = not isinstance(value, str) and hasattr(value, "__iter__")
    return "" if value is None or several else str(value).strip(" \0")


def _without_padding(name: object, stored: np.ndarray, data: Any, brightest: bool) -> np.ndarray:
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
        raise Excluded(name, Reason.NOT_A_MAMMOGRAM, f"every pixel is padding (PixelPaddingValue {first})")
    rest = stored[~padded]
    return np.where(padded, rest.max() if brightest else rest.min(), stored)
