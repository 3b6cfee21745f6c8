"""The readers' mean ROC curve with a band.

At each false-positive fraction the mean of the readers' sensitivities, read off their empirical curves, has the
interval that Obuchowski and Rockette's model gives the mean of any measure of performance: MS(R) among the readers,
Cov2 by bootstrap of the cases (the jackknife fails for what is read off at a quantile), Hillis' degrees of freedom. The
band is pointwise: it covers each point with its probability, not the whole curve at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from mammoganesis.statistics.intervals import LEVEL
from mammoganesis.statistics.obuchowski_rockette import one_treatment
from mammoganesis.statistics.readings import Readings, table
from mammoganesis.statistics.roc import Bools, Floats

POINTS = 51
SAMPLES = 400


@dataclass(frozen=True)
class RocBand:
    """At each of `false_positive`, from 0 to 1: the mean `true_positive`, `low` and `high`, within 0 to 1."""

    false_positive: tuple[float, ...]
    true_positive: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    level: float


def roc_bands(readings: Readings, level: float = LEVEL, fixed_readers: bool = False) -> dict[str, RocBand]:
    """The band of each treatment; of one without a band nothing."""
    whole = table(readings)
    found = {
        name: roc_band(whole.values[t], whole.truth, level, fixed_readers) for t, name in enumerate(whole.treatments)
    }
    return {name: band for name, band in found.items() if band is not None}


def roc_band(ratings: Floats, truth: Bools, level: float, fixed_readers: bool) -> RocBand | None:
    """The band of one treatment.

    Args:
        ratings: [R, C]; NaN where a reader has not read a case.
        truth: [C]; True of a positive case.
        level: probability with which the interval at a point covers.
        fixed_readers: for these readers and new cases, instead of new readers and new cases.

    Returns:
        None with fewer than two readers who have read cases of both classes, or fewer than two cases of a class.
    """
    read = ~np.isnan(ratings)
    ratings = ratings[(read & truth).any(axis=1) & (read & ~truth).any(axis=1)]
    used = ~np.isnan(ratings).all(axis=0)
    ratings, truth = ratings[:, used], truth[used]
    if len(ratings) < 2 or min(truth.sum(), (~truth).sum()) < 2:
        return None
    grid = np.linspace(0.0, 1.0, POINTS)
    weights = _resampled(truth)  # [SAMPLES + 1, C]; the first as they are
    curves = np.stack([_curves(row, truth, weights, grid) for row in ratings])  # [R, SAMPLES + 1, POINTS]
    own, away = curves[:, 0], curves[:, 1:] - curves[:, 1:].mean(axis=1, keepdims=True)
    spread = one_treatment(own.T, np.einsum("isp,jsp->pij", away, away) / (SAMPLES - 1))
    half = scipy.stats.norm.ppf(0.5 + level / 2) * spread.fixed
    if not fixed_readers:
        half = scipy.stats.t.ppf(0.5 + level / 2, spread.df) * spread.random
    mean = own.mean(axis=0)
    low, high = (tuple(np.clip(mean + sign * half, 0.0, 1.0).tolist()) for sign in (-1.0, 1.0))
    return RocBand(tuple(grid.tolist()), tuple(mean.tolist()), low, high, level)


def _resampled(truth: Bools) -> Floats:
    """How often each case is in each sample; positives and negatives are drawn apart. From a fixed seed."""
    generator = np.random.default_rng(0)
    weights = np.ones((SAMPLES + 1, len(truth)))
    for kind in (truth, ~truth):
        count = int(kind.sum())
        weights[1:, kind] = generator.multinomial(count, np.full(count, 1.0 / count), SAMPLES)
    return weights


def _curves(ratings: Floats, truth: Bools, weights: Floats, grid: Floats) -> Floats:
    """[SAMPLES + 1, POINTS] sensitivities of a reader; where a sample has lost a class, those of all cases."""
    read = ~np.isnan(ratings)
    thresholds = np.unique(ratings[read])[::-1]
    above = np.where(read, ratings, -np.inf)[None] >= thresholds[:, None]  # [K, C]
    fractions = []
    for kind in (read & ~truth, read & truth):
        counts = weights[:, kind] @ above[:, kind].T.astype(float)  # [SAMPLES + 1, K]
        total = np.where(counts[:, -1:] > 0.0, counts[:, -1:], np.nan)
        fractions.append(np.concatenate([np.zeros((len(counts), 1)), counts / total], axis=1))
    false_positive, true_positive = fractions
    kept = ~np.isnan(false_positive[:, -1] + true_positive[:, -1])
    curves = np.stack(
        [
            _upper(grid, x, y) if fine else np.full(len(grid), np.nan)
            for x, y, fine in zip(false_positive, true_positive, kept, strict=True)
        ]
    )
    return np.where(np.isnan(curves), curves[:1], curves)


def _upper(grid: Floats, x: Floats, y: Floats) -> Floats:
    """The curve at each point of the grid; its upper end where it rises straight up."""
    order = np.lexsort((y, x))
    last = np.append(np.diff(x[order]) > 0.0, True)
    return np.interp(grid, x[order][last], y[order][last])
