"""Many rows in one run of a small network, where each row keeps the bits that it has alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.sessions import Session

ROWS_AT_ONCE = 64
"""Of one run: more save nothing."""


def run_in_parts(network: Session, feeds: Mapping[str, ndarray], output: str, size: int) -> ndarray:
    """One output [N, ...] of all rows, `size` of them in a run.

    Args:
        feeds: of each input [N, ...] float32, N 1 or more.
    """
    count = len(next(iter(feeds.values())))
    parts = [
        network.run({name: rows[first : first + size] for name, rows in feeds.items()}, [output])[0]
        for first in range(0, count, size)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def same_together(network: Session, feeds: Mapping[str, ndarray], output: str) -> bool:
    """Whether rows have the same bits alone and together, in runs of several sizes."""
    alone = run_in_parts(network, feeds, output, 1)
    for size in (2, 3, ROWS_AT_ONCE):
        rows = np.arange(size) % len(alone)
        (together,) = network.run({name: values[rows] for name, values in feeds.items()}, [output])
        if not np.array_equal(together, alone[rows]):
            return False
    return True
