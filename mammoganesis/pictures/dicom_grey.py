"""Grey values of a DICOM mammogram, ours or of a machine.

    stored values -> modality transformation -> the window or table that the file recommends -> polarity -> [0, 255]

Nothing is quantised on the way, and nothing stretched unless it is asked for or the file recommends nothing. Padding
takes no part: it does not count in a range, and is black in the end on either polarity. All of it is a function of the
stored value, so it is computed once for every value that 16 bits can have, and looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mammoganesis.errors import Excluded, shown
from mammoganesis.pictures import jpeg_twelve
from mammoganesis.pictures.codestreams import codestream_size
from mammoganesis.pictures.dicom_transform import GreyOptions, modality_levels, viewed_levels
from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.limits import check_size, reason_of
from mammoganesis.pictures.pixels import STRETCH_TAIL


@dataclass(frozen=True)
class GreyPicture:
    """Grey values, and what is to be said of them."""

    values: np.ndarray  # [H, W] float32 in [0, 255]
    remarks: tuple[str, ...] = ()  # sentences for a report


DEFAULTS = GreyOptions()


def grey_picture(data: Any, name: object, options: GreyOptions = DEFAULTS) -> GreyPicture:
    """The picture of a data set, dense tissue bright.

    Args:
        data: a pydicom.Dataset of one greyscale frame.
        name: of the file, for errors.
        options: which of its transformations to use.

    Raises:
        TypeError, ValueError: an element is empty or has several values where one is needed.
        Excluded: no pixels, a photometric interpretation other than MONOCHROME1 or MONOCHROME2, several frames, too
            many pixels, a damaged table, or pixels that no installed decoder reads.
    """
    stored = _stored(data, name)
    padded = _padding(name, stored, data)
    low, high = min(0, int(stored.min())), int(stored.max())
    if high - low >= 2**16:
        raise Excluded(name, Reason.UNDECODABLE, f"has stored values from {low} to {high}; at most 16 bits are read")
    places = stored - np.int32(low) if low else stored  # in tables of all values from the lowest to the highest
    air = slice(0) if padded is None else slice(max(0, padded[0] - low), max(0, padded[1] - low + 1))
    try:
        viewed = viewed_levels(modality_levels(np.arange(low, high + 1.0), data), data, options.voi)
    except Exception as error:  # elements of a damaged file raise any kind
        raise Excluded(name, Reason.DAMAGED, f"its tables of grey values cannot be used ({reason_of(error)})") from None
    levels = viewed.levels
    if options.stretch or not viewed.used:
        counts = np.bincount(places.ravel(), minlength=len(levels))
        counts[air] = 0
        levels = _stretched(levels, counts)
    if _is_inverse(data):
        levels = 1 - levels
    table = (255 * levels).astype(np.float32)
    table[air] = 0
    return GreyPicture(table[places], (viewed.remark,) if viewed.remark else ())


def _stored(data: Any, name: object) -> np.ndarray:
    """The stored values [H, W], integers."""
    if "PixelData" not in data:
        raise Excluded(name, Reason.NOT_AN_IMAGE, f"holds no pixels (Modality {shown(data.get('Modality'))})")
    photometric = str(data.get("PhotometricInterpretation", ""))
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        sentence = f"PhotometricInterpretation is {shown(photometric)}; allowed are MONOCHROME1 and MONOCHROME2"
        raise Excluded(name, Reason.NOT_GREY, sentence)
    check_size(name, int(data.Columns), int(data.Rows) * int(data.get("NumberOfFrames") or 1))
    try:
        _check_codestream(data, name)
        stored = jpeg_twelve.decoded(data) if jpeg_twelve.is_one(data) else data.pixel_array
    except (Excluded, MemoryError):
        raise
    except Exception as error:  # decoders raise whatever they like
        raise _undecoded(data, name, error) from error
    if stored.ndim != 2:
        sentence = f"pixels of shape {stored.shape}; one frame of [rows, columns] is needed"
        raise Excluded(name, Reason.TOMOSYNTHESIS, sentence)
    return stored


def _is_inverse(data: Any) -> bool:
    """Whether the lowest value is to be seen white: either tag says so, and both together say it once."""
    photometric = str(data.get("PhotometricInterpretation", ""))
    return photometric == "MONOCHROME1" or text_of(data.get("PresentationLUTShape")) == "INVERSE"


def _stretched(levels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Levels from the range that the pixels take to 0 to 1, without the tails that `pixels.stretch` leaves out too.

    Args:
        levels: one of each stored value.
        counts: pixels that have it.
    """
    order = np.argsort(levels, kind="stable")
    share = np.cumsum(counts[order]) / counts.sum()
    tail = STRETCH_TAIL / 100
    ends = np.searchsorted(share, [tail, 1 - tail], side="right")
    low, high = levels[order[np.minimum(ends, len(order) - 1)]]
    if high <= low:
        there = levels[counts > 0]
        low, high = there.min(), there.max()
    return np.zeros_like(levels) if high <= low else np.clip((levels - low) / (high - low), 0, 1)


def _check_codestream(data: Any, name: object) -> None:
    """Refuse compressed data of another size than the file states, before a decoder reserves memory for it."""
    if not data.file_meta.TransferSyntaxUID.is_encapsulated:
        return
    from pydicom.encaps import get_frame

    size = codestream_size(get_frame(data.PixelData, 0, number_of_frames=1))
    if size is not None and size != (data.Columns, data.Rows):
        sentence = f"states {data.Columns}x{data.Rows} pixels, but its compressed data has {size[0]}x{size[1]}"
        raise Excluded(name, Reason.DAMAGED, sentence)


def _undecoded(data: Any, name: object, error: Exception) -> Excluded:
    """Damage, or a compression for which nothing is installed."""
    from pydicom.pixels.decoders.base import get_decoder

    syntax = data.file_meta.TransferSyntaxUID
    try:
        known = get_decoder(syntax).is_available
    except NotImplementedError:  # no still pictures, such as those of films
        known = False
    if known and "does not support" not in str(error):  # as decoders say of what they know, but do not read
        return Excluded(name, Reason.DAMAGED, f"the pixels cannot be decoded ({reason_of(error)})")
    sentence = f"no installed decoder reads {syntax.name}; pip install 'mammoganesis[service]' brings those there are"
    return Excluded(name, Reason.UNDECODABLE, sentence)


def text_of(value: Any) -> str:
    """A tag's text without the blanks and NUL that fill it up; empty for nothing, and for several values."""
    several = not isinstance(value, str) and hasattr(value, "__iter__")
    return "" if value is None or several else str(value).strip(" \0")


def _padding(name: object, stored: np.ndarray, data: Any) -> tuple[int, int] | None:
    """First and last stored value that is padding, by Pixel Padding Value (0028,0120) and Range Limit (0028,0121).

    PS3.3 C.7.5.1.1.2. Both may be written as signed or unsigned, and with more bits than are stored.
    """
    first = data.get("PixelPaddingValue")
    if first is None:
        return None
    last = data.get("PixelPaddingRangeLimit", first)
    ends = [int(np.int64(int(value)).astype(stored.dtype)) for value in (first, last)]
    if stored.dtype.kind == "u":
        most = 2 ** int(data.BitsStored) - 1
        ends = [end & most if end > most else end for end in ends]
    low, high = min(ends), max(ends)
    if ((stored >= low) & (stored <= high)).all():
        raise Excluded(name, Reason.NOT_A_MAMMOGRAM, f"every pixel is padding (PixelPaddingValue {first})")
    return low, high
