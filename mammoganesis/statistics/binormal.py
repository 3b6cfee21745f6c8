"""The binormal ROC curve by maximum likelihood (Dorfman and Alf 1969; continuous ratings as in Metz's LABROC).

Negatives are N(0, 1), positives N(a / b, 1 / b^2) on a scale that only the order of the ratings knows:
P(rating <= k) is Phi(c_k) for negatives and Phi(b c_k - a) for positives. AUC = Phi(a / sqrt(1 + b^2)).
"""

from __future__ import annotations

import numpy as np
import scipy

from mammoganesis.statistics.results import Binormal, Interval, Statement
from mammoganesis.statistics.roc import Bools, Floats

MAX_STEPS = 20  # of the scale; more ratings are put together into so many of about the same size
MAX_SLOPE = 20.0  # of b and 1 / b: beyond, the curve has a hook and the fit says nothing
NOTHING_RATED = Statement("binormal.nothing_rated")


def fit(truth: Bools, ratings: Floats) -> Binormal:
    """The curve through ratings [n] of cases with truth [n], or why there is none."""
    if truth.all() or not truth.any():
        return _none(Statement("binormal.one_class"))
    counts = step_counts(truth, ratings)
    if counts.shape[1] < 3:
        return _none(Statement("binormal.few_ratings"))
    inner = np.cumsum(counts, axis=1)[:, :-1] / counts.sum(axis=1, keepdims=True)
    if ((inner > 0) & (inner < 1)).all(axis=0).sum() < 2:
        return _none(Statement("binormal.few_points"))
    found = scipy.optimize.minimize(
        _loss, _start(inner), args=(counts,), method="BFGS", jac=True, options={"gtol": 1e-5}
    )
    a, b = float(found.x[0]), float(np.exp(np.clip(found.x[1], -10, 10)))
    if not np.isfinite(found.fun) or np.abs(found.jac).max() > 1e-3 * counts.sum():
        return _none(Statement("binormal.no_maximum"))
    if not 1 / MAX_SLOPE < b < MAX_SLOPE:
        return _none(Statement("binormal.degenerate", {"slopes": Interval(1 / MAX_SLOPE, MAX_SLOPE)}))
    root = np.sqrt(1 + b * b)
    slope = scipy.stats.norm.pdf(a / root) * np.array([1 / root, -a * b * b / root**3])  # by a and log b
    variance = slope @ _covariance(found.x, counts)[:2, :2] @ slope
    se = float(np.sqrt(variance)) if variance >= 0 else None
    return Binormal(a, b, float(scipy.stats.norm.cdf(a / root)), se)


def step_counts(truth: Bools, ratings: Floats) -> Floats:
    """[2, k], how many negatives and positives have each step of the scale, lowest first; k at most MAX_STEPS."""
    steps, place = np.unique(ratings, return_inverse=True)
    if len(steps) > MAX_STEPS:
        ranks = scipy.stats.rankdata(ratings, method="average")
        _, place = np.unique((ranks - 0.5) * MAX_STEPS // len(ratings), return_inverse=True)
    kinds = place.max() + 1
    return np.stack([np.bincount(place[truth == kind], minlength=kinds) for kind in (False, True)]).astype(np.float64)


def _none(reason: Statement) -> Binormal:
    return Binormal(None, None, None, None, reason)


def _start(inner: Floats) -> Floats:
    """A straight line through the points on normal paper; then thresholds as the first and logs of the steps."""
    x, y = scipy.stats.norm.ppf(np.clip(inner, 0.02, 0.98))
    weight = ((inner > 0) & (inner < 1)).all(axis=0)
    b, minus_a = np.polyfit(x[weight], y[weight], 1) if np.ptp(x[weight]) > 0 else (1.0, (y - x).mean())
    steps = np.maximum(np.diff(x), 0.05)
    return np.concatenate([[-minus_a, np.log(np.clip(b, 0.2, 5))], x[:1], np.log(steps)])


def _loss(values: Floats, counts: Floats) -> tuple[float, Floats]:
    """The negative log likelihood and its gradient at (a, log b, c_1, log steps)."""
    a, b = values[0], np.exp(np.clip(values[1], -10, 10))
    steps = np.exp(np.clip(values[3:], -30, 10))
    c = np.concatenate([values[2:3], values[2] + np.cumsum(steps)])
    edges = np.stack([c, b * c - a])
    below = np.pad(scipy.stats.norm.cdf(edges), ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1)))
    chances = np.maximum(np.diff(below, axis=1), 1e-300)
    ratio = counts / chances
    by_edge = -(ratio[:, :-1] - ratio[:, 1:]) * scipy.stats.norm.pdf(edges)  # of the loss
    by_c = by_edge[0] + b * by_edge[1]
    onwards = np.cumsum(by_c[::-1])[::-1]
    gradient = np.concatenate([[-by_edge[1].sum(), b * (by_edge[1] @ c)], onwards[:1], onwards[1:] * steps])
    return float(-(counts * np.log(chances)).sum()), gradient


def _covariance(values: Floats, counts: Floats) -> Floats:
    """The inverse of the observed information, by differences of the gradient."""
    width = 1e-5
    rows = [
        (_loss(values + width * one, counts)[1] - _loss(values - width * one, counts)[1]) / (2 * width)
        for one in np.eye(len(values))
    ]
    information = np.array(rows)
    return np.asarray(np.linalg.pinv((information + information.T) / 2), dtype=np.float64)
