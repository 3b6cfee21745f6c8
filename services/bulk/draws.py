"""Single draws of a bulk job: a share, a number."""

from __future__ import annotations

import numpy as np

from mammoganesis.v1 import bulk_pb2 as pb

DIGITS = 4
"""Of a number drawn: recipes are read by people too."""


def share(drawn: pb.BulkEdit | pb.BulkTransfer) -> float:
    """Of the images that get it, 0 to 1."""
    return drawn.probability if drawn.HasField("probability") else 1.0


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
