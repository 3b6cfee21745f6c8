"""Resampling: bootstrap intervals and splits of the reals that keep a patient's images together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
Indices = NDArray[np.int64]


def interval(value: float, replicates: NDArray[np.float64]) -> tuple[float, float]:
    """95 % interval around a value from bootstrap replicates [repeats].

    The replicates are centred on the value: repeated images bias distances between distributions (a resample of n
    images has about 0.63 n different ones), so the plain percentiles would lie beside the value.
    """
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(replicates - replicates.mean(), [tail, 1 - tail])
    return float(value + low), float(value + high)


def resample(groups: NDArray[np.int64], random: np.random.Generator) -> Indices:
    """Indices of a bootstrap sample that draws whole groups (patients) with replacement.

    Args:
        groups: [N], the group of each image.

    Returns:
        about N indices; exactly N when every group has one size.
    """
    order = np.argsort(groups, kind="stable")
    _, starts, sizes = np.unique(groups[order], return_index=True, return_counts=True)
    drawn = random.integers(len(starts), size=len(starts))
    return np.concatenate([order[starts[i] : starts[i] + sizes[i]] for i in drawn])


def mean_replicates(
    terms: NDArray[np.float64], groups: NDArray[np.int64], repeats: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Replicates [repeats] of the mean of per-image terms [N]."""
    return np.array([terms[resample(groups, random)].mean() for _ in range(repeats)])


def halves(groups: NDArray[np.int64], random: np.random.Generator) -> tuple[Indices, Indices]:
    """Two disjoint parts of about equal size; no group is in both."""
    names, sizes = np.unique(groups, return_counts=True)
    order = random.permutation(len(names))
    before = np.cumsum(sizes[order]) - sizes[order]
    first = names[order][before < len(groups) / 2]
    inside = np.isin(groups, first)
    return np.flatnonzero(inside), np.flatnonzero(~inside)
