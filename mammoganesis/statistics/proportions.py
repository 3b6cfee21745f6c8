"""Shares of decisions and exact tests of them; the positive class is always named."""

from __future__ import annotations

import math

import numpy as np
import scipy

from mammoganesis.statistics.intervals import by_normal, of_share
from mammoganesis.statistics.results import Binary, Estimate, ExactTest, Interval, Proportion
from mammoganesis.statistics.roc import Bools


def proportion(count: int, total: int, level: float) -> Proportion:
    """`count` of `total` with Wilson's (1927) score interval."""
    if total == 0:
        return Proportion(0, 0, None, None)
    found = scipy.stats.binomtest(int(count), int(total)).proportion_ci(level, method="wilson")
    return Proportion(int(count), int(total), count / total, Interval(float(found.low), float(found.high)))


def against_chance(successes: int, trials: int, chance: float) -> ExactTest:
    """The exact two-sided binomial test against `chance`, such as 1/2, 1/6 or 1/m; p is 1 without trials."""
    p = float(scipy.stats.binomtest(int(successes), int(trials), chance).pvalue) if trials else 1.0
    return ExactTest(int(successes), int(trials), chance, p)


def balanced_accuracy(sensitivity: Proportion, specificity: Proportion, level: float) -> Estimate | None:
    """(sensitivity + specificity) / 2, which is the AUC of binary answers, with the variance of such a mean.

    Where a share is 0 or 1 its variance has no width: then the interval is Newcombe's (1998), of Wilson's limits. None
    without positives or without negatives.
    """
    if sensitivity.value is None or specificity.value is None or not (sensitivity.interval and specificity.interval):
        return None
    shares = (sensitivity, specificity)
    values = [share.count / share.total for share in shares]
    variance = sum(v * (1 - v) / share.total for v, share in zip(values, shares, strict=True)) / 4
    found = by_normal(sum(values) / 2, variance, level)
    if all(0 < v < 1 for v in values):
        return found
    limits = zip(values, (sensitivity.interval, specificity.interval), strict=True)
    below, above = zip(*((v - limit.low, limit.high - v) for v, limit in limits), strict=True)
    interval = of_share(Interval(found.value - math.hypot(*below) / 2, found.value + math.hypot(*above) / 2))
    return Estimate(found.value, found.se, found.df, interval)


def binary(truth: Bools, decisions: Bools, meaning: tuple[str, float | None], level: float) -> Binary:
    """Shares of decisions [n] about cases with truth [n].

    Args:
        meaning: what True stands for, and the rating above which a decision is True, None where it was asked for.
    """
    positive, threshold = meaning
    hits, false_alarms = int((truth & decisions).sum()), int((~truth & decisions).sum())
    positives, negatives = int(truth.sum()), int((~truth).sum())
    misses, rejections = positives - hits, negatives - false_alarms
    sensitivity = proportion(hits, positives, level)
    specificity = proportion(rejections, negatives, level)
    return Binary(
        positive=positive,
        threshold=threshold,
        true_positives=hits,
        false_positives=false_alarms,
        true_negatives=rejections,
        false_negatives=misses,
        sensitivity=sensitivity,
        specificity=specificity,
        precision=proportion(hits, hits + false_alarms, level),
        negative_predictive_value=proportion(rejections, rejections + misses, level),
        accuracy=proportion(hits + rejections, positives + negatives, level),
        balanced_accuracy=balanced_accuracy(sensitivity, specificity, level),
        exact=against_chance(hits + rejections, int(np.size(truth)), 0.5),
    )
