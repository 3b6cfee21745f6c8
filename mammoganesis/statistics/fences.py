"""Where a sample of distances ends: fences by quartiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FENCE = 2.0  # quartile distances below the lower quartile of the logarithms: 1 in 2,700 of a normal one
SMALLEST = 1e-6  # distances are no smaller before the logarithm


def lower_fence(distances: NDArray[np.float64]) -> float:
    """Below it hardly any distance lies: quartiles of logarithms, as Tukey's fences.

    Tukey, Exploratory Data Analysis (1977), with `FENCE` instead of 1.5. By quartiles, a few distances that do not
    belong there do not move it.

    Args:
        distances: [N], 0 or more, N at least 1.
    """
    lower, upper = np.quantile(np.log(np.maximum(distances, SMALLEST)), [0.25, 0.75])
    return float(np.exp(lower - FENCE * (upper - lower)))
