"""Masks as people give them: PNG files and polygons, to grey values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy import ndarray
from PIL import Image, ImageDraw

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.png import read_png

_FINER = 4  # lines of a polygon's mask for one of the image: its edge has 16 grey values
_MOST_LINES = 4096


def mask_of_png(data: bytes, resolution: int, field: str) -> ndarray:
    """The grey values of a PNG file.

    Args:
        data: of the file.
        resolution: width and height of the image that it is for.
        field: what it is called in messages.

    Returns:
        [q, q] uint8.

    Raises:
        InvalidArgument: it is no PNG, or not a square one of 8 bits greyscale, 1 to `resolution` pixels wide.
    """
    content = read_png(data, field, resaved=True)
    pixels = content.pixels
    if not (content.written and pixels.ndim == 2 and pixels.dtype == np.uint8):
        raise InvalidArgument(field, str(content.form), "a PNG of 8 bits greyscale, 0 outside and 255 inside")
    height, width = pixels.shape
    if height != width or width > resolution:
        allowed = f"as wide as high, 1 to {resolution} pixels, as the image"
        raise InvalidArgument(field, f"{width} x {height} pixels", allowed)
    return pixels


def mask_of_polygon(points: Sequence[tuple[float, float]], resolution: int) -> ndarray:
    """What a closed polygon covers.

    Args:
        points: three or more corners (x, y), as shares of width and height, from the upper left corner.
        resolution: R, pixels.

    Returns:
        [R, R] uint8: 255 times the share of each pixel.
    """
    finer = max(1, min(_FINER, _MOST_LINES // resolution))
    size = resolution * finer
    image = Image.new("L", (size, size))
    # Pillow takes a coordinate for the middle of a pixel, and fills the outline.
    ImageDraw.Draw(image).polygon([(x * size - 0.5, y * size - 0.5) for x, y in points], fill=255)
    return np.asarray(image.reduce(finer))
