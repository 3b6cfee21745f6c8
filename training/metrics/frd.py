"""FRD: Frechet radiomic distance (Konz, Osuala et al. 2026, Medical Image Analysis, arXiv:2412.01496).

As version 1 of the published software: features standardised on the reals (each has mean 0 and standard deviation 1
there), squared Frechet distance, natural logarithm of it: `frd = log d^2`. (Equation 3 of the paper is log d, half of
that; published numbers follow the software.) The features are ours (`radiomics`: first order, co-occurrence and shape
inside the breast), not PyRadiomics' 464, so the values compare with each other and with the floor, not with published
ones. Features that are constant in the reals are left out.
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


def compute(fakes: Matrix, reals: Matrix, random: np.random.Generator) -> dict[str, float]:
    """log of the squared Frechet distance of features [N, D] and [M, D], standardised on the reals."""
    mean, deviation = reals.mean(axis=0), reals.std(axis=0)
    kept = deviation > CONSTANT * np.maximum(np.abs(mean), 1.0)
    x = (fakes[:, kept] - mean[kept]) / deviation[kept]
    y = (reals[:, kept] - mean[kept]) / deviation[kept]
    return {"frd": math.log(max(frechet.squared_distance(x, y), SMALLEST))}


def notes(fakes: int, reals: int, features: int) -> tuple[str, ...]:
    form = "natural logarithm of the squared distance; own features, not comparable with published values"
    return (form, *two_sample.rank_notes(fakes, reals, features))


METRIC = Metric(
    name="frd",
    needs=frozenset({"radiomics"}),
    better={"frd": "lower"},
    measure=lambda context: two_sample.measure(context, "radiomics", {"frd": "lower"}, compute, notes=notes),
)
