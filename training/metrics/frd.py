"""FRD: Frechet radiomic distance (Konz, Osuala et al. 2026, Medical Image Analysis, arXiv:2412.01496).

As version 1 of the published software: features standardised on the reals, squared Frechet distance, natural logarithm
of it: `frd = log d^2`. (Equation 3 of the paper is log d, half of that; published numbers follow the software.) The
features are ours (`radiomics`: first order, co-occurrence and shape inside the breast), not PyRadiomics' 464, so the
values compare with each other and with the floor, not with published ones.

Standardised: minus the mean of the reals, over their standard deviation, but over no less than a floor (`scales`), or a
feature that hardly varies among the reals, such as the smallest grey value of the breast, would make up the distance by
itself. Features that are constant in the reals are left out.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from training.metrics import frechet, two_sample
from training.metrics.metric import Metric

SMALLEST = 1e-9  # of the squared distance, so that equal sets have a finite logarithm
CONSTANT = 1e-9  # features that vary less than this, relative to their size, are constant
Matrix = NDArray[np.float64]


def scales(reals: Matrix) -> NDArray[np.float64]:
    """What each of D features is divided by: its standard deviation [D], or a floor below which none may lie.

    A feature's variation is its deviation over its root mean square: from 0 (constant) to 1 (around zero), whatever its
    unit. The floor is a variation of sqrt(2 / D) times the median one, m. The reason: let every feature of the fakes be
    off by the same share of its size. Half of the features vary by no more than m, so they add at least D / 2 times
    (share / m)^2 to the squared distance, and one at the floor adds no more than that. So a single feature counts at
    most about as much as all others together, however little it varies.

    Args:
        reals: [N, D], D at least 1, no feature constant.
    """
    deviation = reals.std(axis=0)
    size = np.sqrt(np.square(reals).mean(axis=0))
    least = min(1.0, np.sqrt(2 / len(size))) * np.median(deviation / size)
    return np.maximum(deviation, least * size)


def compute(fakes: Matrix, reals: Matrix, random: np.random.Generator) -> dict[str, float]:
    """log of the squared Frechet distance of features [N, D] and [M, D], standardised on the reals, with a floor."""
    mean, deviation = reals.mean(axis=0), reals.std(axis=0)
    kept = deviation > CONSTANT * np.maximum(np.abs(mean), 1.0)
    if not kept.any():
        return {"frd": math.log(SMALLEST)}
    scale = scales(reals[:, kept])
    x, y = (fakes[:, kept] - mean[kept]) / scale, (reals[:, kept] - mean[kept]) / scale
    return {"frd": math.log(max(frechet.squared_distance(x, y), SMALLEST))}


def notes(fakes: int, reals: int, features: int) -> tuple[str, ...]:
    form = (
        "natural logarithm of the squared distance; own features, deviations with a floor: not comparable with "
        "published values"
    )
    return (form, *two_sample.rank_notes(fakes, reals, features))


METRIC = Metric(
    name="frd",
    needs=frozenset({"radiomics"}),
    better={"frd": "lower"},
    measure=lambda context: two_sample.measure(context, "radiomics", {"frd": "lower"}, compute, notes=notes),
)
