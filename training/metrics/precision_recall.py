"""Improved precision and recall (Kynkaanniemi et al. 2019, arXiv:1904.06991), k = 3.

The manifold of a set is the union of balls around its vectors that reach to the k-th nearest neighbour. Precision is
the share of fakes in the manifold of the reals (are they realistic?), recall the share of reals in that of the fakes
(is everything there?).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.metrics import bootstrap, two_sample
from training.metrics.distances import blocks, neighbour_radii
from training.metrics.metric import Metric
from training.metrics.result import Better

NEIGHBOURS = 3
BETTER: dict[str, Better] = {"precision": "higher", "recall": "higher"}
Matrix = NDArray[np.float64]


def terms(fakes: Matrix, reals: Matrix, k: int = NEIGHBOURS) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which fakes [N] lie in the manifold of the reals, and which reals [M] in that of the fakes."""
    real_radii, fake_radii = neighbour_radii(reals, k), neighbour_radii(fakes, k)
    precise = np.zeros(len(fakes), bool)
    recalled = np.zeros(len(reals), bool)
    for rows, distance in blocks(fakes, reals):
        precise[rows] = (distance <= real_radii[None, :]).any(axis=1)
        recalled |= (distance <= fake_radii[rows, None]).any(axis=0)
    return precise, recalled


def compute(fakes: Matrix, reals: Matrix, random: np.random.Generator) -> dict[str, float]:
    precise, recalled = terms(fakes, reals)
    return {"precision": float(precise.mean()), "recall": float(recalled.mean())}


def spread(
    fakes: Matrix, reals: Matrix, groups: NDArray[np.int64], repeats: int, random: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """The manifolds stay as they are (repeated vectors would give balls of radius 0); the tested images are drawn."""
    precise, recalled = (term.astype(np.float64) for term in terms(fakes, reals))
    return {
        "precision": bootstrap.mean_replicates(precise, np.arange(len(fakes)), repeats, random),
        "recall": bootstrap.mean_replicates(recalled, groups, repeats, random),
    }


METRIC = Metric(
    name="precision_recall",
    needs=frozenset({"features"}),
    better=BETTER,
    measure=lambda context: two_sample.measure(context, "features", BETTER, compute, spread),
)
