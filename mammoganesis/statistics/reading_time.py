"""Time against correctness: are long looks right more often? Within readers, since readers differ in both."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from mammoganesis.statistics.intervals import around
from mammoganesis.statistics.results import Interval, Statement, Time
from mammoganesis.statistics.roc import Bools, Floats

MAX_SE = 5.0  # of the log odds: beyond, the likelihood rises without end
SEPARATED = Statement("time.separated")


def analyse(seconds: Floats, right: Bools | None, readers: NDArray[np.str_], level: float) -> Time | None:
    """Of seconds [n], above 0 or NaN where not known, whether the decision was right [n], or None where nothing was
    decided, and names [n] of readers. None where no time is known."""
    known = np.isfinite(seconds) & (seconds > 0)
    if not known.any():
        return None
    seconds, readers = seconds[known], readers[known]
    whole = (int(known.sum()), float(np.median(seconds)), float(seconds.mean()))
    if right is None:
        return Time(*whole, None, None, None, None, None, Statement("time.no_decisions"))
    right = right[known]
    if right.all() or not right.any():
        return Time(*whole, None, None, None, None, None, Statement("time.one_answer"))
    medians = (float(np.median(seconds[right])), float(np.median(seconds[~right])))
    p = float(scipy.stats.mannwhitneyu(seconds[right], seconds[~right]).pvalue)
    ratio, interval, reason = _odds_ratio(seconds, right, readers, level)
    return Time(*whole, *medians, p, ratio, interval, reason)


def _odds_ratio(
    seconds: Floats, right: Bools, readers: NDArray[np.str_], level: float
) -> tuple[float | None, Interval | None, Statement | None]:
    """Of a right decision for a doubling of the time: logistic regression with a level of each reader's own."""
    from statsmodels.discrete.discrete_model import Logit  # not at the top: it takes a second to import
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    doublings = np.log2(seconds)
    names, number = np.unique(readers, return_inverse=True)
    use = np.zeros(len(right), dtype=bool)
    for reader in range(len(names)):
        own = number == reader
        use[own] = 0 < right[own].sum() < own.sum() and np.ptp(doublings[own]) > 0
    if not use.any():
        return None, None, Statement("time.no_difference")
    levels = (number[use, None] == np.unique(number[use])).astype(np.float64)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted: Any = Logit(right[use].astype(float), np.column_stack([doublings[use], levels])).fit(disp=False)
    except (PerfectSeparationError, np.linalg.LinAlgError):
        return None, None, SEPARATED
    slope, se = float(fitted.params[0]), float(fitted.bse[0])
    if not (fitted.mle_retvals["converged"] and math.isfinite(slope) and math.isfinite(se)) or se > MAX_SE:
        return None, None, SEPARATED
    limits = around(slope, se, math.inf, level)
    return math.exp(slope), Interval(math.exp(limits.low), math.exp(limits.high)), None
