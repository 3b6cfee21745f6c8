"""What is no mammogram, and what lies around one: film frames, bright backgrounds, blank pages, masks. NumPy only.

Grey values are [H, W] float in [0, 255].
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from mammoganesis.errors import Excluded
from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.morphology import grown, shrunk

FRAME_LEVEL = 180.0  # grey values from here on can be the frame of a film
FRAME_DEPTH = 0.05  # of the shorter side; a brighter region that is thicker is no frame
FRAME_MARGIN = 0.02  # of the shorter side; what comes so near to the border touches it
FRAME_LENGTH = 0.5  # of a side that an object along two or more sides must take
FRAME_ALONE = 0.8  # of the top or the bottom that an object along that side alone must take
BRIGHT_BORDER = 128.0  # median along the border of an image whose background is bright
BRIGHT_MODE = 192.0  # most frequent grey value of an image whose background is bright
FEWEST_LEVELS = 3  # grey values of a picture; a mask has two
EXTREME_SHARE = 0.95  # of the pixels of a mask that are near one of its two values,
EXTREME_WIDTH = 32.0  # by this many grey values: compression blurs a mask
SMALLEST_SHARE = 0.25  # of the resolution that the longer side of a source has


def remove_frame(values: np.ndarray) -> tuple[np.ndarray, bool]:
    """Black out thin bright objects along the border: the frame or the edge of a digitised film.

    Returns:
        values [H, W] of the same dtype, and whether there was one.
    """
    bright = values >= FRAME_LEVEL
    shorter = min(values.shape)
    margin = max(1, round(FRAME_MARGIN * shorter))
    if max(_along(bright, margin)) < FRAME_LENGTH:
        return values, False
    depth = max(1, round(FRAME_DEPTH * shorter / 2))
    thin = bright & ~grown(shrunk(bright, depth), depth)
    labels, _ = ndimage.label(thin, structure=np.ones((3, 3)), output=np.int32)  # type: ignore[misc]
    areas = np.bincount(labels[thin], minlength=1)
    large = np.flatnonzero(areas >= FRAME_LENGTH * shorter)  # of a length, or it runs along no side
    frames = [number for number in large[large > 0] if _is_frame(labels, number, margin)]
    if not frames:
        return values, False
    removed = grown(np.isin(np.arange(len(areas)), frames)[labels], max(1, shorter // 250))
    return np.where(removed, np.zeros((), values.dtype), values), True


def _is_frame(labels: np.ndarray, number: int, margin: int) -> bool:
    """Whether an object runs along two sides of the image, or along the whole top or bottom."""
    lengths = _along(labels == number, margin)
    return sum(length >= FRAME_LENGTH for length in lengths) >= 2 or max(lengths[:2]) >= FRAME_ALONE


def _along(mask: np.ndarray, margin: int) -> tuple[float, float, float, float]:
    """The shares of the top, bottom, left and right side along which the mask holds something near the border."""
    top, bottom = mask[:margin].any(axis=0), mask[-margin:].any(axis=0)
    left, right = mask[:, :margin].any(axis=1), mask[:, -margin:].any(axis=1)
    return float(top.mean()), float(bottom.mean()), float(left.mean()), float(right.mean())


def is_bright(values: np.ndarray) -> bool:
    """Whether the background is brighter than the breast: an export that was not inverted, or a white page."""
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    if float(np.median(border)) >= BRIGHT_BORDER:
        return True
    counts = np.bincount(np.rint(values).astype(np.uint8).ravel(), minlength=256)
    return int(np.convolve(counts, np.ones(5), "same").argmax()) >= BRIGHT_MODE  # a noisy background has several


def check_picture(values: np.ndarray, resolution: int) -> None:
    """Refuse what cannot be a picture of a breast by its size and its grey values.

    Raises:
        Excluded: far fewer pixels than the resolution, a blank page, or a mask.
    """
    height, width = values.shape
    if max(height, width) < SMALLEST_SHARE * resolution:
        raise _none(f"has {width}x{height} pixels; a quarter of the resolution {resolution} is needed")
    low, high = float(values.min()), float(values.max())
    middle = values[(values > low) & (values < high)]
    levels = 1 + (high > low) + (middle.size > 0)
    extreme = float(((values < low + EXTREME_WIDTH) | (values > high - EXTREME_WIDTH)).mean())
    if levels < FEWEST_LEVELS or (extreme >= EXTREME_SHARE and high - low > 3 * EXTREME_WIDTH):
        if high == low:
            raise _none(f"is a blank page and no mammogram: all of its pixels are {low:g}")
        raise _none(f"is a mask and no mammogram: {extreme:.1%} of its pixels are near {low:g} or {high:g}")


def _none(sentence: str) -> Excluded:
    return Excluded(None, Reason.NOT_A_MAMMOGRAM, sentence)
