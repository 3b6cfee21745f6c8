"""What metrics that compare two sets of vectors share: value, interval, floor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.metrics import bootstrap
from training.metrics.metric import Context
from training.metrics.result import Better, Floor, MetricResult

Matrix = NDArray[np.float64]
Values = dict[str, float]
Compute = Callable[[Matrix, Matrix, np.random.Generator], Values]  # fakes [N, D], reals [M, D] -> results
# fakes, reals, groups of the reals [M], repeats, random -> replicates [repeats] of each result
Spread = Callable[[Matrix, Matrix, NDArray[np.int64], int, np.random.Generator], dict[str, NDArray[np.float64]]]
Notes = Callable[[int, int, int], tuple[str, ...]]  # number of fakes, of reals, of features


def no_notes(fakes: int, reals: int, features: int) -> tuple[str, ...]:
    return ()


def rank_notes(fakes: int, reals: int, features: int) -> tuple[str, ...]:
    """Says when a covariance cannot have full rank."""
    smaller = min(fakes, reals)
    if smaller > features:
        return ()
    return (f"unreliable: {smaller} images for {features} features, the covariance has no full rank; prefer KID",)


def _resampled(compute: Compute) -> Spread:
    """Replicates that compute the metric again on both sides' bootstrap samples."""

    def spread(
        fakes: Matrix, reals: Matrix, groups: NDArray[np.int64], repeats: int, random: np.random.Generator
    ) -> dict[str, NDArray[np.float64]]:
        single = np.arange(len(fakes))
        draws = [
            compute(fakes[bootstrap.resample(single, random)], reals[bootstrap.resample(groups, random)], random)
            for _ in range(repeats)
        ]
        return {name: np.array([draw[name] for draw in draws]) for name in draws[0]}

    return spread


def measure(
    context: Context,
    what: Literal["features", "radiomics"],
    better: dict[str, Better],
    compute: Compute,
    spread: Spread | None = None,
    notes: Notes = no_notes,
) -> list[MetricResult]:
    """Run a two-sample metric with everything that belongs to its result.

    Args:
        context: fakes, reals and settings.
        what: which vectors of the samples are compared.
        better: the names of the results and which way is better.
        compute: the metric.
        spread: its bootstrap; None computes the metric again on resampled rows.
        notes: what to say about n.
    """
    fakes, reals = context.fakes.vectors(what), context.reals.vectors(what)
    values = compute(fakes, reals, context.random())
    floors = _floors(context, what, compute)
    draws: dict[str, NDArray[np.float64]] = {}
    if context.bootstrap:
        draws = (spread or _resampled(compute))(fakes, reals, context.reals.groups, context.bootstrap, context.random())
    name, digest = context.source_of(what)
    return [
        MetricResult(
            name=result,
            value=value,
            better=better[result],
            interval=bootstrap.interval(value, draws[result]) if draws else None,
            floor=floors.get(result),
            num_fakes=len(fakes),
            num_reals=len(reals),
            extractor=name,
            extractor_digest=digest,
            notes=notes(len(fakes), len(reals), fakes.shape[1]),
        )
        for result, value in values.items()
    ]


def _floors(context: Context, what: Literal["features", "radiomics"], compute: Compute) -> dict[str, Floor]:
    """Reals against reals, and the fakes at the same n."""
    if context.floor == "none":
        return {}
    random = context.random()
    fakes = context.fakes.vectors(what)
    floors: list[Values] = []
    matched: list[Values] = []
    sizes: list[tuple[int, int]] = []
    for left, right in context.floor_splits(what):
        floors.append(compute(left, right, random))
        sizes.append((len(left), len(right)))
        if len(left) <= len(fakes):
            chosen = random.permutation(len(fakes))[: len(left)]
            matched.append(compute(fakes[chosen], right, random))
    return {
        name: Floor(
            value=float(np.mean([floor[name] for floor in floors])),
            lowest=min(floor[name] for floor in floors),
            highest=max(floor[name] for floor in floors),
            kind=context.floor_words(),
            num_fakes=sizes[0][0],
            num_reals=sizes[0][1],
            matched=float(np.mean([value[name] for value in matched])) if len(matched) == len(floors) else None,
        )
        for name in floors[0]
    }
