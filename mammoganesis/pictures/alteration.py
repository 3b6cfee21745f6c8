"""Where a picture differs from the one that its recipe makes: areas, and a drawing of them."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from mammoganesis.pictures.pixels import Pixels, levels_apart, resize, upper_bits

MAX_AREAS = 20
COPY_LEVELS = 24.0
"""Of 8 bits: what saving anew as JPEG or at another size leaves between two smoothed pictures, and no more."""
_SMOOTH = 1.5  # pixels
_TINT = np.array([255, 64, 64], np.float32)
_OUTLINE = (255, 220, 0)


@dataclass(frozen=True)
class Area:
    """A rectangle in pixels of the picture that was altered, from its upper left corner."""

    left: int
    top: int
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width} x {self.height} at {self.left}, {self.top}"


@dataclass(frozen=True)
class Alteration:
    """What was altered."""

    areas: tuple[Area, ...]  # the largest first, up to MAX_AREAS; areas that nearly touch are one
    share: float  # of all pixels, 0 to 1
    picture: bytes  # PNG, RGB: the altered picture, its altered pixels in red, the areas framed in yellow


def altered(found: Pixels, right: Pixels, levels: int) -> Alteration:
    """Of two pictures of one height and width.

    Args:
        found: [H, W] or [H, W, 3], 8 or 16 bits.
        right: what it should be, likewise.
        levels: difference of a pixel that counts as rounding, in grey levels of the lower depth of the two.
    """
    apart = levels_apart(found, right)
    return _alteration((apart if apart.ndim == 2 else apart.max(axis=2)) > levels, _grey(found))


def altered_copy(found: NDArray[np.uint8], right: NDArray[np.uint8]) -> Alteration:
    """Of a copy that was saved anew, perhaps at another size: what that alone does is left out, and so is a change of
    brightness and contrast as a whole.

    Args:
        found: [H, W] of 8 bits.
        right: [h, w] of 8 bits: the picture that it is a copy of.
    """
    shown = right if right.shape == found.shape else resize(right.astype(np.float32), *found.shape)
    here, there = (
        np.asarray(ndimage.gaussian_filter(each.astype(np.float32), _SMOOTH), np.float32) for each in (found, shown)
    )
    gain, offset = _fit(there.ravel(), here.ravel())
    return _alteration(np.abs(here - (gain * there + offset)) > COPY_LEVELS, found)


def _fit(values: NDArray[np.float32], to: NDArray[np.float32]) -> tuple[float, float]:
    """Gain and offset by least squares, once more without the tenth that fits worst, where an alteration may be."""
    kept = np.ones(len(values), bool)
    gain, offset = 1.0, 0.0
    for _ in range(2):
        if np.ptp(values[kept]) > 0:
            gain, offset = (float(each) for each in np.polyfit(values[kept], to[kept], 1))
        wrong = np.abs(to - (gain * values + offset))
        kept = wrong <= np.quantile(wrong, 0.9)
    return gain, offset


def _grey(pixels: Pixels) -> NDArray[np.uint8]:
    """[H, W] of 8 bits, for a picture of 12 bits in 16 as bright as it can be."""
    if pixels.dtype == np.uint16 and pixels.max(initial=0) < 4096:
        pixels = (pixels * 16).astype(np.uint16)
    eight = upper_bits(pixels)
    return eight if eight.ndim == 2 else np.rint(eight.mean(axis=2)).astype(np.uint8)


def _alteration(mask: NDArray[np.bool_], grey: NDArray[np.uint8]) -> Alteration:
    reach = max(1, min(mask.shape) // 64)
    joined, _ = ndimage.label(ndimage.maximum_filter(mask, 2 * reach + 1), np.ones((3, 3)))  # type: ignore[misc]
    areas = []
    for number, place in enumerate(ndimage.find_objects(joined), 1):
        rows, columns = np.nonzero(mask[place] & (joined[place] == number))
        top, left = place[0].start + int(rows.min()), place[1].start + int(columns.min())
        areas.append(Area(left, top, int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1))
    areas.sort(key=lambda area: -area.width * area.height)
    kept = tuple(areas[:MAX_AREAS])
    return Alteration(kept, float(mask.mean()), _drawn(mask, grey, kept, reach))


def _drawn(mask: NDArray[np.bool_], grey: NDArray[np.uint8], areas: tuple[Area, ...], reach: int) -> bytes:
    colours = np.repeat(grey[:, :, None], 3, axis=2).astype(np.float32)
    colours[mask] = 0.4 * colours[mask] + 0.6 * _TINT
    image = Image.fromarray(np.rint(colours).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for area in areas:
        right, bottom = area.left + area.width, area.top + area.height
        draw.rectangle((area.left - reach - 1, area.top - reach - 1, right + reach, bottom + reach), outline=_OUTLINE)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def within_bytes(picture: bytes, most: int) -> bytes:
    """A drawing as a PNG of at most so many bytes: made smaller by halves until it is, noisy ones do not compress."""
    while len(picture) > most:
        with Image.open(io.BytesIO(picture)) as image:
            smaller = image.reduce(2)
        file = io.BytesIO()
        smaller.save(file, "PNG")
        picture = file.getvalue()
    return picture
