"""Boolean images grown and shrunk by squares, in time that does not depend on the square. Pure functions.

A window of n pixels is two windows of about n / 2: each doubling is one pass over the image, by the processor's widest
instructions. A dense structuring element costs n * n for every pixel, scipy's running filters several times as much.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def grown(mask: Mask, radius: int) -> Mask:
    """The mask [H, W], dilated by a square of 2 * radius + 1 pixels; nothing is set outside the image."""
    return _both_ways(mask, radius, np.logical_or)


def shrunk(mask: Mask, radius: int) -> Mask:
    """The mask [H, W], eroded by a square of 2 * radius + 1 pixels; nothing is set outside the image."""
    return _both_ways(mask, radius, np.logical_and)


def runs(mask: Mask, length: int) -> Mask:
    """What of the mask [H, W] lies on a run of at least `length` of its pixels along a column."""
    if length > len(mask):
        return np.zeros_like(mask)
    beginnings = _windows(mask, length, np.logical_and)
    around = ((length - 1, length - 1), (0, 0))
    return _windows(np.pad(beginnings, around), length, np.logical_or)


def _both_ways(mask: Mask, radius: int, combine: Callable[..., Mask]) -> Mask:
    width = 2 * radius + 1
    padded = np.pad(mask, radius)
    return _windows(_windows(padded, width, combine).swapaxes(0, 1), width, combine).swapaxes(0, 1)


def _windows(rows: Mask, width: int, combine: Callable[..., Mask]) -> Mask:
    """Of every `width` neighbouring rows what they are together. [N, M] -> [N - width + 1, M]."""
    done = 1
    while done < width:
        step = min(done, width - done)
        rows = combine(rows[:-step], rows[step:])
        done += step
    return rows
