"""Obuchowski and Rockette's analysis of fully crossed readings, with Hillis' degrees of freedom.

Obuchowski and Rockette (1995), Commun Stat B 24:285; Hillis (2007), Stat Med 26:596 (df); Hillis (2014), Stat Med
33:330 (one treatment). AUCs of readers are correlated because the cases are the same; the covariances come from the
cases (jackknife, DeLong or U-statistics), the rest from an analysis of variance of the AUCs.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import scipy

from mammoganesis.statistics.intervals import around, two_sided
from mammoganesis.statistics.results import Comparison, ComparisonTest, Components, Difference
from mammoganesis.statistics.roc import Floats, Placements


@dataclass(frozen=True)
class Spread:
    """Of the mean AUC of the readers of one treatment: standard errors and df, each [...].

    `random` is for new readers and cases (with `df`), `fixed` for these readers and new cases.
    """

    random: Floats
    df: Floats
    fixed: Floats


def jackknife(found: Placements) -> Floats:
    """[..., R, R], covariances of the AUCs of R raters by leaving out each case, from placements [..., R, P] and
    [..., R, N]."""
    mean = found.auc[..., None]
    parts = [
        (values.shape[-1] * mean - values) / (values.shape[-1] - 1) for values in (found.negatives, found.positives)
    ]
    left_out = np.concatenate(parts, axis=-1)
    apart = left_out - left_out.mean(axis=-1, keepdims=True)
    cases = left_out.shape[-1]
    return apart @ apart.swapaxes(-1, -2) * (cases - 1) / cases


def one_treatment(aucs: Floats, covariance: Floats) -> Spread:
    """The spread of the mean of AUCs [..., R] with covariances [..., R, R] over cases; R of 2 or more.

    SE^2 = (MS(R) + R max(Cov2, 0)) / R and df = (MS(R) + R max(Cov2, 0))^2 / (MS(R)^2 / (R - 1)).
    """
    readers = aucs.shape[-1]
    ms_r = aucs.var(axis=-1, ddof=1)
    error = np.trace(covariance, axis1=-2, axis2=-1) / readers
    covariance_2 = (covariance.sum(axis=(-2, -1)) / readers - error) / (readers - 1)
    whole = ms_r + readers * np.maximum(covariance_2, 0)
    df = np.divide(whole**2 * (readers - 1), ms_r**2, out=np.full_like(whole, np.inf), where=ms_r > 0)
    fixed = np.maximum(error + (readers - 1) * covariance_2, 0)
    return Spread(np.sqrt(whole / readers), df, np.sqrt(fixed / readers))


def compare(
    treatments: tuple[str, ...],
    aucs: Floats,
    covariance: Floats,
    level: float,
    one_shot: tuple[Difference, ...] = (),
) -> Comparison:
    """Whether treatments differ.

    Args:
        treatments: T names, 2 or more.
        aucs: [T, R], R of 2 or more.
        covariance: [T, R, T, R], over cases.
        level: of the intervals of differences.
        one_shot: differences by U-statistics, to stand beside.
    """
    t, r = aucs.shape
    whole = _Crossed(aucs, covariance)
    ms_tr = whole.ms_tr
    apart = max(r * (whole.covariance_2 - whole.covariance_3), 0.0)
    both = ms_tr + apart
    df = both**2 * (t - 1) * (r - 1) / ms_tr**2 if ms_tr > 0 else np.inf
    fixed = whole.error - whole.covariance_1 + (r - 1) * (whole.covariance_2 - whole.covariance_3)
    found = [_f_test(whole.ms_t, both, (t - 1, df)), _chi2_test(whole.ms_t, fixed, t - 1)]
    found.append(_f_test(whole.ms_t, ms_tr, (t - 1, (t - 1) * (r - 1))))
    spreads = [(both, df), (fixed, np.inf), (ms_tr, float((t - 1) * (r - 1)))]
    tests = [
        ComparisonTest(*test, differences=_differences(treatments, aucs.mean(axis=1), 2 * max(v, 0) / r, f, level))
        for test, (v, f) in zip(found, spreads, strict=True)
    ]
    return Comparison(treatments, tests[0], tests[1], tests[2], whole.components, one_shot)


class _Crossed:
    """Mean squares and covariances of AUCs [T, R]."""

    def __init__(self, aucs: Floats, covariance: Floats) -> None:
        t, r = aucs.shape
        by_treatment, by_reader, mean = aucs.mean(axis=1), aucs.mean(axis=0), aucs.mean()
        self.ms_t = r * ((by_treatment - mean) ** 2).sum() / (t - 1)
        ms_r = t * ((by_reader - mean) ** 2).sum() / (r - 1)
        inner = aucs - by_treatment[:, None] - by_reader + mean
        self.ms_tr = float((inner**2).sum() / ((t - 1) * (r - 1)))
        same_t, same_r = np.eye(t, dtype=bool)[:, None, :, None], np.eye(r, dtype=bool)[None, :, None, :]
        self.error, self.covariance_1, self.covariance_2, self.covariance_3 = (
            float(covariance[np.broadcast_to(where, covariance.shape)].mean())
            for where in (same_t & same_r, ~same_t & same_r, same_t & ~same_r, ~same_t & ~same_r)
        )
        apart = self.covariance_2 - self.covariance_3
        self.components = Components(
            reader=float((ms_r - self.ms_tr) / t - self.covariance_1 + self.covariance_3),
            treatment_by_reader=self.ms_tr - self.error + self.covariance_1 + apart,
            covariance_1=self.covariance_1,
            covariance_2=self.covariance_2,
            covariance_3=self.covariance_3,
            error=self.error,
        )


def _f_test(ms_t: float, denominator: float, freedoms: tuple[float, float]) -> tuple[str, float, float, float, float]:
    statistic = _ratio(ms_t, denominator)
    numerator, df = freedoms
    if np.isfinite(df):
        p = scipy.stats.f.sf(statistic, numerator, df)
    else:
        p = scipy.stats.chi2.sf(statistic * numerator, numerator)
    return "F", statistic, float(numerator), float(df), float(p)


def _chi2_test(ms_t: float, denominator: float, df: int) -> tuple[str, float, float, float, float]:
    statistic = df * _ratio(ms_t, denominator)
    return "chi2", statistic, float(df), float(df), float(scipy.stats.chi2.sf(statistic, df))


def _ratio(above: float, below: float) -> float:
    if below > 0:
        return float(above / below)
    return 0.0 if above == 0 else float("inf")


def _differences(
    treatments: tuple[str, ...], means: Floats, variance: float, df: float, level: float
) -> tuple[Difference, ...]:
    se = float(np.sqrt(variance))
    found = []
    for (one, first), (two, second) in itertools.combinations(zip(treatments, means, strict=True), 2):
        difference = float(first - second)
        interval = around(difference, se, df, level)
        found.append(Difference(one, two, difference, se, float(df), interval, two_sided(difference, se, df)))
    return tuple(found)
