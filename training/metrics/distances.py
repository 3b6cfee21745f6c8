"""Euclidean distances between feature vectors, in blocks, and the radii of k-nearest-neighbour manifolds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

BLOCK = 1024  # rows at once
Matrix = NDArray[np.float64]


def blocks(x: Matrix, y: Matrix) -> Iterator[tuple[slice, Matrix]]:
    """Rows of the distance matrix: (rows, distances [rows, M]) for x [N, D] and y [M, D].

    Differences are formed before they are squared: exactly 0 for equal vectors.
    """
    right = torch.from_numpy(np.ascontiguousarray(y, dtype=np.float64))
    for start in range(0, len(x), BLOCK):
        rows = slice(start, min(start + BLOCK, len(x)))
        left = torch.from_numpy(np.ascontiguousarray(x[rows], dtype=np.float64))
        yield rows, torch.cdist(left, right, compute_mode="donot_use_mm_for_euclid_dist").numpy()


def neighbour_radii(x: Matrix, k: int) -> NDArray[np.float64]:
    """Distance [N] from each vector to its k-th nearest other one; k is lowered to N - 1 in tiny sets."""
    k = min(k, len(x) - 1)
    return np.concatenate([np.partition(distance, k, axis=1)[:, k] for _, distance in blocks(x, x)])
