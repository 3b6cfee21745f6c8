"""From the errors of local edits to a curve with intervals and to the epsilon that a bundle should take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.locality import SCALES, Floats, Measurements

RESAMPLES = 1000
INTERVAL = (2.5, 97.5)  # percentiles
SEEN = 0.5  # share of the largest in-region change that an edit must reach
LOCAL = 0.9  # share of the best ratio among those that it must keep


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % bootstrap interval over pairs."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Point:
    """One region (or all, pooled) at one setting and one scale."""

    inside: Estimate
    outside: Estimate
    far: Estimate
    ratio: Estimate  # inside / outside
    pairs: int
    channels: float  # moved by the edit


def curve(measurements: Measurements, region: int | None, scale: str = "lightness", seed: int = 0) -> list[Point]:
    """One point per setting.

    Args:
        measurements: of `measure`.
        region: None pools the regions of the breast: each counts the same, and pairs are drawn within each.
        scale: lightness or intensity.
        seed: of the bootstrap.
    """
    errors = measurements.errors[..., SCALES.index(scale)]  # [k, s, pairs, 3]
    counts = measurements.pairs
    pooled = (counts > 0) & ~measurements.background
    chosen = np.flatnonzero(pooled if pooled.any() else counts > 0).tolist() if region is None else [region]
    random = np.random.default_rng(seed)
    means, resampled = [], []
    for r in chosen:
        values = errors[r, :, : counts[r]]  # [s, pairs, 3]
        draws = random.integers(counts[r], size=(RESAMPLES, counts[r]))
        weights = np.zeros((RESAMPLES, counts[r]))
        np.add.at(weights, (np.arange(RESAMPLES)[:, None], draws), 1.0)
        means.append(_weighted(values, np.ones((1, counts[r])))[0])
        resampled.append(_weighted(values, weights))
    mean, spread = np.nanmean(means, axis=0), np.nanmean(resampled, axis=0)  # [s, 3], [RESAMPLES, s, 3]
    channels = measurements.channels[chosen].mean(axis=0)
    points = []
    for s in range(mean.shape[0]):
        inside, outside, far = (_estimate(mean[s, i], spread[:, s, i]) for i in range(3))
        ratio = _estimate(_ratio(mean[s, 0], mean[s, 1]), _ratio(spread[:, s, 0], spread[:, s, 1]))
        points.append(Point(inside, outside, far, ratio, int(counts[chosen].sum()), float(channels[s])))
    return points


def _weighted(values: Floats, weights: Floats) -> Floats:
    """Weighted means over pairs, NaN left out: values [s, pairs, 3], weights [b, pairs] -> [b, s, 3]."""
    valid = np.isfinite(values)
    total = np.einsum("bp,spi->bsi", weights, np.where(valid, values, 0.0))
    weight = np.einsum("bp,spi->bsi", weights, valid.astype(float))
    return np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0)


def _ratio(inside: NDArray | float, outside: NDArray | float) -> NDArray:
    inside, outside = np.asarray(inside, dtype=float), np.asarray(outside, dtype=float)
    return np.divide(inside, outside, out=np.full(inside.shape, np.nan), where=outside > 0)


def _estimate(value: NDArray | float, spread: NDArray) -> Estimate:
    finite = spread[np.isfinite(spread)]
    low, high = np.percentile(finite, INTERVAL) if len(finite) else (np.nan, np.nan)
    return Estimate(float(value), float(low), float(high))


def choose(points: Sequence[Point], epsilons: Sequence[float]) -> int:
    """Index of the epsilon to take as a default.

    Of the epsilons whose in-region change is seen, at least half (SEEN) of the largest one, the largest that keeps
    nine tenths (LOCAL) of the best ratio among them; of epsilons that choose the same channels, the smallest. The
    first condition keeps out edits that are local because they do hardly anything; the second gives editors as much
    change as can be had before it is paid for with locality.
    """
    order = sorted(range(len(epsilons)), key=lambda i: epsilons[i])
    inside = np.array([points[i].inside.value for i in order])
    ratio = np.nan_to_num(np.array([points[i].ratio.value for i in order]))
    seen = (inside >= SEEN * inside.max()) & (inside > 0)
    if not seen.any():
        return order[0]
    best = max(np.flatnonzero(seen & (ratio >= LOCAL * ratio[seen].max())))
    while best > 0 and np.isclose(inside[best - 1], inside[best], rtol=1e-9):
        best -= 1
    return order[int(best)]
