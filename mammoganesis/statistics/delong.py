"""DeLong, DeLong and Clarke-Pearson (1988): variances and covariances of empirical AUCs, and tests of two of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from mammoganesis.statistics.intervals import by_normal
from mammoganesis.statistics.results import Estimate
from mammoganesis.statistics.roc import Floats, Placements


@dataclass(frozen=True)
class TwoAucs:
    """The difference of two AUCs: the statistic (Z or Welch's D), its df (infinite for Z) and two-sided p."""

    difference: float
    statistic: float
    df: float
    p: float


def covariance(found: Placements) -> Floats:
    """[..., R, R], the covariances of the AUCs of R raters of the same cases, from placements [..., R, P] and
    [..., R, N], P and N of 2 or more."""
    return _mean_products(found.positives) + _mean_products(found.negatives)


def estimate(found: Placements, level: float) -> Estimate | None:
    """One AUC with DeLong's interval, from placements [P] and [N]; None where a class has fewer than two cases."""
    if min(found.positives.shape[-1], found.negatives.shape[-1]) < 2:
        return None
    one = Placements(found.positives[None], found.negatives[None])
    return by_normal(float(found.auc), float(covariance(one)[0, 0]), level)


def clustered(found: Placements, cases: tuple[NDArray[np.intp], NDArray[np.intp]]) -> float:
    """The variance of an AUC of several ratings a case, the ratings of a case being one cluster (Obuchowski 1997).

    Args:
        found: placements [p] and [n] of all ratings.
        cases: of each rating of a positive [p], and of a negative [n], the number of its case.
    """
    total = 0.0
    for values, numbers in zip((found.positives, found.negatives), cases, strict=True):
        _, place = np.unique(numbers, return_inverse=True)
        sums = np.bincount(place, values - found.auc)
        total += len(sums) / (len(sums) - 1) * float(sums @ sums) / len(values) ** 2
    return total


def paired(first: Placements, second: Placements) -> TwoAucs:
    """Two AUCs of the same cases, in the same order, by the normal distribution."""
    both = Placements(np.stack([first.positives, second.positives]), np.stack([first.negatives, second.negatives]))
    found = covariance(both)
    difference = float(first.auc - second.auc)
    z = difference / float(np.sqrt(found[0, 0] + found[1, 1] - 2 * found[0, 1]))
    return TwoAucs(difference, z, np.inf, float(2 * scipy.stats.norm.sf(abs(z))))


def unpaired(first: Placements, second: Placements) -> TwoAucs:
    """Two AUCs of different cases, by Student's distribution with Welch's df over the cases."""
    variances, freedoms = [], []
    for found in (first, second):
        variances.append(float(covariance(Placements(found.positives[None], found.negatives[None]))[0, 0]))
        freedoms.append(found.positives.size + found.negatives.size - 1)
    difference = float(first.auc - second.auc)
    statistic = difference / float(np.sqrt(sum(variances)))
    df = sum(variances) ** 2 / sum(v**2 / f for v, f in zip(variances, freedoms, strict=True))
    return TwoAucs(difference, statistic, df, float(2 * scipy.stats.t.sf(abs(statistic), df)))


def _mean_products(values: Floats) -> Floats:
    count = values.shape[-1]
    apart = values - values.mean(axis=-1, keepdims=True)
    return apart @ apart.swapaxes(-1, -2) / ((count - 1) * count)
