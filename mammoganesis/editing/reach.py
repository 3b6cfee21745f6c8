"""How far from what a model has learnt an edited code lies: pure functions on NumPy arrays.

A code is judged by the root mean square distance of its layers from the mean of W, against the distance within which
most of the model's own samples lie. Where an edit runs along a straight line, the image stays within that distance on
one stretch of it, between the roots of a quadratic. Why this distance and no other:
docs/decisions/0054-how-far-edits-may-go.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

SHARE = 0.99  # of untruncated samples that lie within the limit
SAMPLES = 1000  # of which it is measured


@dataclass(frozen=True, eq=False)
class Space:
    """The components along which edits go, and how far they may lead."""

    components: ndarray  # [K, w_dim] float32, unit rows
    deviations: ndarray  # [K] float32, in units of w
    mean: ndarray  # [w_dim] float32, of W
    limit: float  # of the distance from it, in units of w; above 0


def limit_of(codes: ndarray, mean: ndarray) -> float:
    """The distance from `mean` [w_dim] within which SHARE of the codes [N, w_dim] lie, in units of w."""
    return float(np.quantile(np.linalg.norm(codes.astype(np.float64) - mean, axis=1), SHARE))


def reach(ws: ndarray, space: Space) -> float:
    """The root mean square distance of the layers of ws [num_ws, w_dim] from the mean of W, as a share of the limit:
    above 1 it lies outside."""
    squared = np.square(ws.astype(np.float64) - space.mean).sum(axis=1)
    return float(np.sqrt(squared.mean()) / space.limit)


def stretch(start: ndarray, step: ndarray, space: Space) -> tuple[float, float] | None:
    """The x for which the reach of `start + x * step` is at most 1.

    Args:
        start: [num_ws, w_dim], where x is 0.
        step: [num_ws, w_dim], what x = 1 adds.
        space: its mean and its limit.

    Returns:
        The first and the last of them, infinite where nothing moves; None: there is none.
    """
    offset, along = start.astype(np.float64) - space.mean, step.astype(np.float64)
    squared = float(np.square(along).sum())
    beyond = float(np.square(offset).sum()) - len(offset) * space.limit**2
    if squared == 0:
        return None if beyond > 0 else (-np.inf, np.inf)
    middle = -float((offset * along).sum()) / squared
    under = middle**2 - beyond / squared
    return None if under < 0 else (middle - under**0.5, middle + under**0.5)
