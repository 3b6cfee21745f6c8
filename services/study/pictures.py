"""The one way of real and synthetic images to a reader: the same functions, in the same order, for both.

    file -> grey values -> canonical pose (mirror, pad, size) -> black background, one grey range -> PNG without a word

What stays different is what the breast looks like. Grey levels are dithered: otherwise the gaps of the histogram
would tell of which depth a file was, and how often it had been windowed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mammoganesis.errors import DataError, InvalidArgument
from mammoganesis.pictures import dicom_grey
from mammoganesis.pictures.breast import (
    TISSUE_ABOVE_BACKGROUND,
    canonical_pose,
    tissue_level,
)
from mammoganesis.pictures.dicom_marks import mark_of
from mammoganesis.pictures.file_texts import says_synthetic
from mammoganesis.pictures.kinds import kind_of
from mammoganesis.pictures.markers import label_components
from mammoganesis.pictures.pixels import has_mark, resize, stretch
from mammoganesis.pictures.png import blind_png
from mammoganesis.pictures.sources import SentFile, raster_values, unreadable_named

INSIDE = 128
"""Of a mask of 0 to 255, from where on a pixel counts as inside."""
WHITE = 250.0
"""Grey level of the brightest tissue, of 255."""
BRIGHTEST = 99.9
"""Percent of the tissue that is darker than its brightest."""
DITHER = 4.0
"""Half the width of a triangular noise, in grey levels: further than those of a file lie apart that was windowed two or
three times. Its standard deviation, 1.6 of 255 levels, is not seen."""


@dataclass(frozen=True)
class ShownPicture:
    """A picture as readers see it."""

    data: bytes
    """PNG, 8 bits, greyscale."""
    sha256: str
    """Of the file, 64 hexadecimal digits."""
    size: int
    """Width and height, in pixels."""
    thumbnail: NDArray[np.uint8]
    """By which pictures are compared, see `mammoganesis.pictures.likeness`."""
    place: NDArray[np.bool_] | None = None
    """[size, size], where it was changed; None: nowhere or everywhere."""


def shown_picture(
    data: bytes,
    resolution: int,
    random: np.random.Generator,
    field: str = "data",
    changed: NDArray[np.uint8] | None = None,
) -> ShownPicture:
    """A file as readers see it, real or synthetic.

    Args:
        resolution: of all pictures of the study, pixels.
        random: of the dither; of this picture alone.
        changed: [H, W] of the file's size, 255 where it was changed and 0 elsewhere; None for no such place.

    Raises:
        InvalidArgument: it cannot be read, or is no mammogram; or the place lies outside of what is shown.
    """
    with _refused(data, field):
        pose = canonical_pose(grey_values(data, field), resolution, resize, invert=True)
    file = blind_png(one_range(pose.image, random))
    place = None if changed is None else pose.placed(changed, resize) >= INSIDE
    if place is not None and not place.any():
        raise InvalidArgument(field, "a change outside of what is shown", "one inside")
    return ShownPicture(file, hashlib.sha256(file).hexdigest(), resolution, pose.thumbnail, place)


def grey_values(data: bytes, field: str = "data") -> NDArray[np.float32]:
    """Of a PNG, JPEG, TIFF or DICOM file: [H, W] in [0, 255]. A DICOM file is seen as it recommends; more than 8 bits
    of another are stretched from the range that is there.

    Raises:
        InvalidArgument: it is a damaged DICOM file.
        DataError: it is no single greyscale picture that can be read, or its values are no numbers.
    """
    if kind_of(data) == "a DICOM":
        from mammoganesis.pictures.dicom import read_data_set  # not at the top: it is slow, and few studies need it

        file = SentFile("the DICOM file", data)
        with unreadable_named(file, "DICOM"):
            values = dicom_grey.grey_picture(read_data_set(data, field), file).values
    else:
        file = SentFile("the file", data)
        values, white = raster_values(file)
        values = values if white == 255 else stretch(values)
    return values


def check_real_file(data: bytes, field: str = "data") -> None:
    """Raises InvalidArgument where a file says that it is synthetic, beside its pixels or in them, as `prepare` of the
    training package refuses it too; or where it cannot be read."""
    in_pixels = False
    with _refused(data, field):
        if kind_of(data) == "a DICOM":
            from mammoganesis.pictures.dicom import read_data_set

            file = SentFile("the DICOM file", data)
            with unreadable_named(file, "DICOM"):
                marked = bool(mark_of(read_data_set(data, field)))
        else:
            marked = says_synthetic(SentFile("the file", data))
        if not marked:
            in_pixels = has_mark(grey_values(data, field))
    if in_pixels:
        raise InvalidArgument(field, "an image with SYNTHETIC in its pixels", "a real one")
    if marked:
        raise InvalidArgument(field, "an image that says that it is synthetic", "a real one")


@contextmanager
def _refused(data: bytes, field: str) -> Iterator[None]:
    """What a file has wrong with it is wrong with the request that it came in."""
    try:
        yield
    except DataError as error:
        raise InvalidArgument(
            field, f"a picture of {len(data)} bytes", f"a mammogram; this one: {error.message}"
        ) from None


def one_range(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Black around the breast, and the same brightest level for all: [H, W] uint8 to the same."""
    values = image.astype(np.float64)
    level = tissue_level(values)
    labels, areas = label_components(values > level)
    breast = np.asarray(ndimage.binary_fill_holes(labels == int(areas.argmax())), np.bool_)
    dark = level - TISSUE_ABOVE_BACKGROUND
    gain = WHITE / max(1.0, float(np.percentile(values[breast], BRIGHTEST)) - dark)
    dithered = (values - dark) * gain + random.triangular(-DITHER, 0.0, DITHER, image.shape)
    return np.where(breast, np.clip(np.rint(dithered), 0, 255), 0).astype(np.uint8)
