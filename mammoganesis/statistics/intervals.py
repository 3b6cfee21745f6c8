"""Intervals and tests of a value with a standard error, by Student's or the normal distribution."""

from __future__ import annotations

import math

import scipy

from mammoganesis.statistics.results import Estimate, Interval

LEVEL = 0.95  # of an interval, where nothing else is said


def quantile(df: float, probability: float) -> float:
    """Of Student's distribution, or of the normal one where `df` is infinite."""
    return float(scipy.stats.norm.ppf(probability) if math.isinf(df) else scipy.stats.t.ppf(probability, df))


def above(statistic: float, df: float) -> float:
    """The probability of a larger statistic, by the same distribution."""
    return float(scipy.stats.norm.sf(statistic) if math.isinf(df) else scipy.stats.t.sf(statistic, df))


def two_sided(value: float, se: float, df: float) -> float:
    """The p of `value` against 0. Without any spread 0 is certain or impossible."""
    if se == 0:
        return 1.0 if value == 0 else 0.0
    return 2 * above(abs(value) / se, df)


def around(value: float, se: float, df: float, level: float) -> Interval:
    """The interval of a value."""
    half = quantile(df, 0.5 + level / 2) * se if se > 0 else 0.0
    return Interval(value - half, value + half)


def of_share(interval: Interval) -> Interval:
    """The interval of what lies in 0 to 1, cut at 0 and 1, as pROC cuts DeLong's (Robin et al. 2011, BMC Bioinformatics
    12:77). It covers what it covered: no value outside can be true. A logit would keep it inside too, and be no longer
    the interval of the test beside it."""
    return Interval(max(interval.low, 0.0), min(interval.high, 1.0))


def by_normal(value: float, variance: float, level: float) -> Estimate:
    """An estimate of what lies in 0 to 1, by the normal distribution; a variance below 0, which is 0 with rounding,
    counts as 0."""
    se = math.sqrt(max(variance, 0.0))
    return Estimate(value, se, math.inf, of_share(around(value, se, math.inf, level)))
