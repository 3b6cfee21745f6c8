"""One-shot estimates of variance by U-statistics, for crossed and partially crossed readings.

Gallas (2006), Acad Radiol 13:353; Gallas, Bandos, Samuelson and Wagner (2009), Commun Stat A 38:2586 ("BDG"); degrees
of freedom as Obuchowski, Gallas and Hillis (2012), Acad Radiol 19:1508, never fewer than the smallest number of levels
less one (Gaylor and Hopper 1969).

The success s_rij of reader r on negative i and positive j is 1 where the positive is rated higher, 1/2 for a tie. The
variance of the mean success is a sum of eight moments E[s s'] of pairs that share or do not share reader, negative and
positive; all follow from four [L, L] sums of products, kept here for the successes and for the design.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoganesis.statistics.roc import Bools, Floats

BLOCK = 4_000_000  # values held at once

# From sums over all pairs (of successes that share negative and positive; positive; negative; whatever) to sums over
# pairs that share these and nothing else.
_APART = np.array([[1, 0, 0, 0], [-1, 1, 0, 0], [-1, 0, 1, 0], [1, -1, -1, 1]], dtype=np.float64)


@dataclass(frozen=True)
class Sums:
    """Sums of products of successes of two raters, and the numbers of their terms.

    Attributes:
        successes, pairs: [4, L, L], over the same negative and positive; the same positive; the same negative; all.
    """

    successes: Floats
    pairs: Floats

    def block(self, first: NDArray[np.intp], second: NDArray[np.intp]) -> Sums:
        """Of some raters with some others."""
        pick = np.ix_(np.arange(4), first, second)
        return Sums(self.successes[pick], self.pairs[pick])


@dataclass(frozen=True)
class OneShot:
    """The mean success of one group of readings, or what two groups of the same readers share.

    Attributes:
        mean: the success; of two groups the geometric mean.
        covariance: for new readers and cases, unbiased, so it may be below 0.
        fixed: for these readers and new cases.
        spread: [3] variances of the means of a reader, of a negative and of a positive, as of the whole population.
        levels: [3] how many readers, negatives and positives there are in effect.
    """

    mean: float
    covariance: float
    fixed: float
    spread: Floats
    levels: Floats


def sums(ratings: Floats, truth: Bools) -> Sums:
    """The sums of ratings [L, C], NaN where a rater has not read a case, of cases with truth [C]."""
    negatives, positives = ratings[:, ~truth], ratings[:, truth]
    raters, p = len(ratings), positives.shape[1]
    tables = np.zeros((2, 4, raters, raters))
    by_positive = np.zeros((2, raters, p))
    rows = max(1, BLOCK // max(1, raters * p))
    for start in range(0, negatives.shape[1], rows):
        block = negatives[:, start : start + rows, None]
        read = (~np.isnan(block) & ~np.isnan(positives[:, None, :])).astype(np.float64)
        success = np.where(read > 0, (positives[:, None, :] > block) + 0.5 * (positives[:, None, :] == block), 0.0)
        for table, columns, values in zip(tables, by_positive, (success, read), strict=True):
            flat, by_negative = values.reshape(raters, -1), values.sum(axis=2)
            table[0] += flat @ flat.T
            table[2] += by_negative @ by_negative.T
            columns += values.sum(axis=1)
    for table, columns in zip(tables, by_positive, strict=True):
        totals = columns.sum(axis=1)
        table[1], table[3] = columns @ columns.T, np.outer(totals, totals)
    return Sums(tables[0], tables[1])


def covariance(found: Sums) -> Floats:
    """[L, L], unbiased covariances of the raters' AUCs over new cases; NaN where two raters share too few."""
    apart = [np.einsum("kl,lrs->krs", _APART, table) for table in (found.successes, found.pairs)]
    with np.errstate(invalid="ignore", divide="ignore"):
        moments = np.where(apart[1] > 0, apart[0] / apart[1], 0.0)
        weights = apart[1] / found.pairs[3]
        weights[3] -= 1
        return np.where(apart[1][3] > 0, (weights * moments).sum(axis=0), np.nan)


def one_shot(found: Sums) -> OneShot | None:
    """Of the readers' mean success, each pair of cases read with the same weight; the raters of both sides are the
    same readers in the same order. None where there are too few readers or cases to tell."""
    own = [np.trace(table, axis1=1, axis2=2) for table in (found.successes, found.pairs)]  # of the same reader
    whole = [table.sum(axis=(1, 2)) for table in (found.successes, found.pairs)]
    successes, pairs = (np.concatenate([_APART @ o, _APART @ (w - o)]) for o, w in zip(own, whole, strict=True))
    total = whole[1][3]
    if total == 0 or pairs[7] <= 0:
        return None
    moments = np.divide(successes, pairs, out=np.zeros(8), where=pairs > 0)
    by_level = np.array([[side[0][3], side[1][2], side[1][1]] for side in zip(own, whole, strict=True)])
    levels = np.divide(total, by_level[1], out=np.zeros(3), where=by_level[1] > 0)
    squares = np.divide(by_level[0], by_level[1], out=np.zeros(3), where=by_level[1] > 0)
    share, mean_product = found.pairs[3] / total, whole[0][3] / total
    return OneShot(
        mean=float(np.sqrt(mean_product)),
        covariance=float(pairs @ moments / total - moments[7]),
        fixed=float(np.where(share > 0, share * covariance(found), 0.0).sum()),
        spread=squares - mean_product,
        levels=levels,
    )


def freedom(variance: float, spread: Floats, levels: Floats) -> float:
    """Satterthwaite's df of a variance made of the spreads of readers, negatives and positives ([3] each).

    Intervals take it rounded down, as those of iMRMC do.
    """
    less_one = np.maximum(np.round(levels - 1), 1)
    known = float((spread**2 / less_one**3).sum())
    return max(variance**2 / known if known > 0 else np.inf, float(less_one.min()))
