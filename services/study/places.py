"""True places in pictures, and whether marks meet them: pure, on masks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mammoganesis.pictures.outlines import outlines
from mammoganesis.pictures.png import read_png
from mammoganesis.v1.style_transfer_pb2 import Point
from services.study.pictures import INSIDE

Ring = tuple[tuple[float, float], ...]
_DRAWN = 128  # pixels that an outline is drawn from, at most: what a page needs


def place_of(data: bytes) -> NDArray[np.bool_]:
    """[H, W], where a picture was changed, from the PNG file that keeps it."""
    return read_png(data).pixels >= INSIDE


def widened(place: NDArray[np.bool_], tolerance: float) -> NDArray[np.bool_]:
    """A place [H, W], and all pixels whose centres are no farther from one of its own than `tolerance`, a share of the
    width."""
    return np.asarray(ndimage.distance_transform_edt(~place) <= tolerance * place.shape[1], np.bool_)


def met(area: NDArray[np.bool_], points: Iterable[Point]) -> tuple[bool, ...]:
    """Whether each point, in shares of width and height, lies in an area [H, W]."""
    height, width = area.shape
    return tuple(
        bool(area[min(int(point.y * height), height - 1), min(int(point.x * width), width - 1)]) for point in points
    )


def rings_of(place: NDArray[np.bool_]) -> tuple[Ring, ...]:
    """Outlines of a place as pages draw them, in shares of width and height."""
    step = max(1, -(-max(place.shape) // _DRAWN))
    coarse = place[step // 2 :: step, step // 2 :: step]
    rings = outlines(coarse if coarse.any() else place)
    return tuple(tuple((round(x, 4), round(y, 4)) for x, y in ring) for ring in rings)
