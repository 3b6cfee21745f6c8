"""Density and coverage (Naeem et al. 2020, arXiv:2002.09797), k = 5.

Density is how many balls of reals hold a fake, over k (about 1 for reals, can exceed 1); coverage the share of reals
whose ball holds at least one fake. Unlike precision and recall they do not break with single outliers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.metrics import bootstrap, two_sample
from training.metrics.distances import blocks, neighbour_radii
from training.metrics.metric import Metric
from training.metrics.result import Better

NEIGHBOURS = 5
BETTER: dict[str, Better] = {"density": "higher", "coverage": "higher"}
Matrix = NDArray[np.float64]


def terms(fakes: Matrix, reals: Matrix, k: int = NEIGHBOURS) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Per fake [N] the number of balls that hold it over k, per real [M] whether its ball holds a fake."""
    radii = neighbour_radii(reals, k)
    density = np.zeros(len(fakes))
    covered = np.zeros(len(reals), bool)
    for rows, distance in blocks(fakes, reals):
        inside = distance < radii[None, :]
        density[rows] = inside.sum(axis=1) / k
        covered |= inside.any(axis=0)
    return density, covered


def compute(fakes: Matrix, reals: Matrix, random: np.random.Generator) -> dict[str, float]:
    density, covered = terms(fakes, reals)
    return {"density": float(density.mean()), "coverage": float(covered.mean())}


def spread(
    fakes: Matrix, reals: Matrix, groups: NDArray[np.int64], repeats: int, random: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """The balls and the fakes stay as they are for coverage, the balls for density; the tested images are drawn."""
    density, covered = terms(fakes, reals)
    return {
        "density": bootstrap.mean_replicates(density, np.arange(len(fakes)), repeats, random),
        "coverage": bootstrap.mean_replicates(covered.astype(np.float64), groups, repeats, random),
    }


METRIC = Metric(
    name="density_coverage",
    needs=frozenset({"features"}),
    better=BETTER,
    measure=lambda context: two_sample.measure(context, "features", BETTER, compute, spread),
)
