"""KID: squared maximum mean discrepancy with the kernel (x.y / D + 1)^3 (Binkowski et al. 2018, arXiv:1801.01401).

Unbiased, so that it means the same at every n; it can be slightly below 0. The number of choice for few images.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.metrics import bootstrap, two_sample
from training.metrics.metric import Metric

SUBSETS = 100
SUBSET_SIZE = 1000
BOOTSTRAP_IMAGES = 2000  # on each side; the kernel matrices of more do not fit, and the interval is then too wide
Matrix = NDArray[np.float64]


def kernel(x: Matrix, y: Matrix) -> Matrix:
    """[N, D] and [M, D] -> [N, M]."""
    return (x @ y.T / x.shape[1] + 1.0) ** 3


def unbiased(x: Matrix, y: Matrix) -> float:
    """The unbiased estimate from x [N, D] and y [M, D]; N and M at least 2."""
    xx, yy = kernel(x, x), kernel(y, y)
    n, m = len(x), len(y)
    within = (xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1))
    return float(within - 2.0 * kernel(x, y).mean())


def compute(fakes: Matrix, reals: Matrix, random: np.random.Generator) -> dict[str, float]:
    """Mean of the unbiased estimate over subsets drawn without replacement."""
    size = min(SUBSET_SIZE, len(fakes), len(reals))
    if size == len(fakes) == len(reals):
        return {"kid": unbiased(fakes, reals)}
    values = [
        unbiased(
            fakes[random.choice(len(fakes), size, replace=False)], reals[random.choice(len(reals), size, replace=False)]
        )
        for _ in range(SUBSETS)
    ]
    return {"kid": float(np.mean(values))}


def spread(
    fakes: Matrix, reals: Matrix, groups: NDArray[np.int64], repeats: int, random: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """Bootstrap with weights; pairs of an image with itself are left out, so that repetitions add no bias."""
    left = random.permutation(len(fakes))[:BOOTSTRAP_IMAGES]
    right = random.permutation(len(reals))[:BOOTSTRAP_IMAGES]
    x, y, groups = fakes[left], reals[right], groups[right]
    xx, yy, xy = kernel(x, x), kernel(y, y), kernel(x, y)
    np.fill_diagonal(xx, 0.0)
    np.fill_diagonal(yy, 0.0)

    def within(kernels: Matrix, weights: NDArray[np.float64]) -> float:
        return float(weights @ kernels @ weights / (weights.sum() ** 2 - np.square(weights).sum()))

    draws = []
    for _ in range(repeats):
        a = np.bincount(random.integers(len(x), size=len(x)), minlength=len(x)).astype(np.float64)
        b = np.bincount(bootstrap.resample(groups, random), minlength=len(y)).astype(np.float64)
        draws.append(within(xx, a) + within(yy, b) - 2.0 * float(a @ xy @ b) / (a.sum() * b.sum()))
    return {"kid": np.array(draws)}


METRIC = Metric(
    name="kid",
    needs=frozenset({"features"}),
    better={"kid": "lower"},
    measure=lambda context: two_sample.measure(context, "features", {"kid": "lower"}, compute, spread),
)
