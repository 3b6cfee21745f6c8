"""Agreement beyond chance: Fleiss' kappa of all readers, weighted kappa of two, or of a reader with himself.

Fleiss (1971), with an interval by leaving out each case; Cohen (1968) with quadratic weights and the large-sample
variance of Fleiss, Cohen and Everitt (1969).
"""

from __future__ import annotations

import math

import numpy as np

from mammoganesis.statistics.intervals import around
from mammoganesis.statistics.results import Interval, Kappa, Statement
from mammoganesis.statistics.roc import Bools, Floats

MAX_STEPS = 20  # of a scale whose steps can agree
ONE_ANSWER = Statement("kappa.one_answer")


def fleiss(decisions: Bools, level: float) -> Kappa:
    """Of decisions [R, C] of R readers, 2 or more, about the same C cases."""
    from statsmodels.stats.inter_rater import fleiss_kappa  # not at the top: it takes a second to import

    readers, cases = decisions.shape
    if cases < 2:
        return Kappa("", "", cases, None, None, None, Statement("kappa.few_cases"))
    yes = decisions.sum(axis=0)
    table = np.stack([readers - yes, yes], axis=1)
    agreement = float(((table * (table - 1)).sum(axis=1) / (readers * (readers - 1))).mean())
    if decisions.all() or not decisions.any():
        return Kappa("", "", cases, agreement, None, None, ONE_ANSWER)
    value = float(fleiss_kappa(table))
    with np.errstate(invalid="ignore", divide="ignore"):
        left_out = np.array([fleiss_kappa(np.delete(table, case, axis=0)) for case in range(cases)])
    se = float(np.sqrt((cases - 1) * np.var(left_out)))
    return Kappa("", "", cases, agreement, value, _interval(value, se, level))


def weighted(names: tuple[str, str], first: Floats, second: Floats, level: float) -> Kappa:
    """Of two sets of ratings [C] of the same cases, none NaN, with quadratic weights by how far apart the ratings are,
    so that steps of the scale which nobody used lie between as others do. At most MAX_STEPS values may occur."""
    from statsmodels.stats.inter_rater import cohens_kappa

    cases = len(first)
    if cases < 2:
        return Kappa(*names, cases, None, None, None, Statement("kappa.few_twice"))
    agreement = float((first == second).mean())
    steps, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    if len(steps) > MAX_STEPS:
        reason = Statement("kappa.steps", {"steps": len(steps), "most": MAX_STEPS})
        return Kappa(*names, cases, agreement, None, None, reason)
    if len(steps) < 2:
        return Kappa(*names, cases, agreement, None, None, ONE_ANSWER)
    table = np.zeros((len(steps), len(steps)))
    np.add.at(table, (place[:cases], place[cases:]), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: object = cohens_kappa(table, weights=steps, wt="quadratic")
    value, se = (float(getattr(found, name)) for name in ("kappa", "std_kappa"))
    return Kappa(*names, cases, agreement, value, _interval(value, se, level))


def _interval(value: float, se: float, level: float) -> Interval | None:
    """By the normal distribution, within what a kappa can be; None without a standard error."""
    if not math.isfinite(se):
        return None
    found = around(value, se, math.inf, level)
    return Interval(max(found.low, -1.0), min(found.high, 1.0))
