"""The interval of one treatment over readers and cases, by every method that its readings allow."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from mammoganesis.statistics import delong, equivalence, obuchowski_rockette, ustatistic
from mammoganesis.statistics.intervals import around, of_share, two_sided
from mammoganesis.statistics.results import Comparison, Difference, Mrmc, MrmcEstimate, MrmcMethod, Statement
from mammoganesis.statistics.roc import Bools, Floats, Placements, placements

CHANCE = 0.5
FEW_CASES = Statement("mrmc.few_cases")


def analyse(ratings: Floats, truth: Bools, level: float, margin: equivalence.Margin | None) -> Mrmc:
    """Of ratings [R, C], NaN where a reader has not read a case, of cases with truth [C].

    Args:
        margin: of equivalence, or None.
    """
    used = ~np.isnan(ratings).all(axis=0)
    ratings, truth = ratings[~np.isnan(ratings).all(axis=1)][:, used], truth[used]
    if len(ratings) < 2:
        return Mrmc(None, None, None, None, "", None, Statement("mrmc.one_reader"))
    if min(truth.sum(), (~truth).sum()) < 2:
        return Mrmc(None, None, None, None, "", None, FEW_CASES)
    sums = ustatistic.sums(ratings, truth)
    one_shot = _one_shot(sums, level)
    if np.isnan(ratings).any():
        jackknife = by_placements = None
        ustatistics = one_shot
        reason = Statement("mrmc.partly_crossed")
        if one_shot is None:
            reason = Statement("mrmc.variance")
    else:
        found = placements(ratings[:, ~truth], ratings[:, truth])
        jackknife = _crossed(found, obuchowski_rockette.jackknife(found), level)
        by_placements = _crossed(found, delong.covariance(found), level)
        ustatistics = _crossed(found, ustatistic.covariance(sums), level)
        reason = None
    primary = "jackknife" if jackknife else "ustatistic" if ustatistics else ""
    equivalent = None
    if margin is not None and (chosen := jackknife or ustatistics):
        of = chosen.random_readers
        df = _whole(of.df) if chosen is one_shot else of.df  # as in its interval
        equivalent = equivalence.two_one_sided(of.auc, of.se, df, margin)
    return Mrmc(jackknife, by_placements, ustatistics, one_shot, primary, equivalent, reason)


def compare(treatments: tuple[str, ...], ratings: Floats, truth: Bools, level: float) -> Comparison:
    """Of ratings [T, R, C] of T treatments, 2 or more, NaN where there is no reading."""
    pairs = [(a, b) for a in range(len(treatments)) for b in range(a + 1, len(treatments))]
    one_shot = tuple(
        found
        for a, b in pairs
        if (found := _difference((treatments[a], treatments[b]), ratings[[a, b]], truth, level)) is not None
    )
    reason = None
    if ratings.shape[1] < 2:
        reason = Statement("compared.one_reader")
    elif np.isnan(ratings).any():
        reason = Statement("compared.partly_crossed")
    elif min(truth.sum(), (~truth).sum()) < 2:
        reason = FEW_CASES
    if reason is not None:
        return Comparison(treatments, None, None, None, None, one_shot, reason)
    t, r, _ = ratings.shape
    found = placements(ratings[..., ~truth], ratings[..., truth])
    flat = Placements(found.positives.reshape(t * r, -1), found.negatives.reshape(t * r, -1))
    covariance = obuchowski_rockette.jackknife(flat).reshape(t, r, t, r)
    return obuchowski_rockette.compare(treatments, found.auc, covariance, level, one_shot)


def _crossed(found: Placements, covariance: Floats, level: float) -> MrmcMethod:
    spread = obuchowski_rockette.one_treatment(found.auc, covariance)
    auc = float(found.auc.mean())
    random = _estimate(auc, float(spread.random), float(spread.df), level)
    return MrmcMethod(random, _estimate(auc, float(spread.fixed), math.inf, level))


def _one_shot(sums: ustatistic.Sums, level: float) -> MrmcMethod | None:
    found = ustatistic.one_shot(sums)
    if found is None or found.covariance < 0 or math.isnan(found.fixed):
        return None
    df = ustatistic.freedom(found.covariance, found.spread, found.levels)
    random = _estimate(found.mean, math.sqrt(found.covariance), _whole(df), level)
    fixed = _estimate(found.mean, math.sqrt(max(found.fixed, 0)), math.inf, level)
    return MrmcMethod(dataclasses.replace(random, df=df), fixed)


def _whole(df: float) -> float:
    return df if math.isinf(df) else math.floor(df)


def _estimate(auc: float, se: float, df: float, level: float) -> MrmcEstimate:
    return MrmcEstimate(auc, se, df, of_share(around(auc, se, df, level)), two_sided(auc - CHANCE, se, df))


def _difference(names: tuple[str, str], ratings: Floats, truth: Bools, level: float) -> Difference | None:
    """Of ratings [2, R, C] of two treatments by the same readers, partially crossed or not."""
    r = ratings.shape[1]
    used = ~np.isnan(ratings).all(axis=(0, 1))
    sums = ustatistic.sums(ratings.reshape(2 * r, -1)[:, used], truth[used])
    first, second = np.arange(r), np.arange(r, 2 * r)
    one, two, both = (
        ustatistic.one_shot(sums.block(a, b)) for a, b in ((first, first), (second, second), (first, second))
    )
    if one is None or two is None or both is None:
        return None
    variance = one.covariance + two.covariance - 2 * both.covariance
    if variance < 0:
        return None
    spread = one.spread + two.spread - 2 * both.spread
    df = ustatistic.freedom(variance, spread, np.minimum(one.levels, two.levels))
    value, se = one.mean - two.mean, math.sqrt(variance)
    interval, p = around(value, se, _whole(df), level), two_sided(value, se, _whole(df))
    return Difference(*names, value, se, df, interval, p)
