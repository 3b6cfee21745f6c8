"""Single draws of a bulk job: a share, labels, a number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mammoganesis.editing.labels import LabelMixture
from mammoganesis.v1 import bulk_pb2 as pb

DIGITS = 4
"""Of a number drawn: recipes are read by people too."""


def share(drawn: pb.BulkEdit | pb.BulkTransfer) -> float:
    """Of the images that get it, 0 to 1."""
    return drawn.probability if drawn.HasField("probability") else 1.0


def mixture_within(mixture: LabelMixture, given: Mapping[str, str]) -> LabelMixture:
    """The part of a mixture that has the labels given; these alone where no image of it has them."""
    names = list(mixture.fields)
    places = [(names.index(name), value) for name, value in given.items()]
    counts = tuple((row, n) for row, n in mixture.counts if all(row[place] == value for place, value in places))
    return LabelMixture(mixture.fields, counts) if counts else LabelMixture.asked(given, mixture.fields)


def number(
    random: np.random.Generator, distribution: pb.BulkDistribution, most: float, least: float | None = None
) -> float:
    """Drawn, and cut to -most to `most`, or `least` to `most`."""
    match distribution.WhichOneof("kind"):
        case "normal":
            found = random.normal(distribution.normal.mean, distribution.normal.deviation)
        case "uniform":
            found = random.uniform(distribution.uniform.least, distribution.uniform.most)
        case "choice":
            found = distribution.choice.values[int(random.integers(len(distribution.choice.values)))]
        case _:
            found = distribution.fixed
    return round(float(min(max(found, -most if least is None else least), most)), DIGITS)
