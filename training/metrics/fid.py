"""FID: Frechet distance between feature distributions (Heusel et al. 2017, arXiv:1706.08500).

Biased upwards when there are few images, and rank deficient below as many images as features: then KID is the better
number. Comparable only at equal n, resolution, extractor and reals.
"""

from __future__ import annotations

from training.metrics import frechet, two_sample
from training.metrics.metric import Metric

METRIC = Metric(
    name="fid",
    needs=frozenset({"features"}),
    better={"fid": "lower"},
    measure=lambda context: two_sample.measure(
        context,
        "features",
        {"fid": "lower"},
        compute=lambda fakes, reals, _: {"fid": frechet.squared_distance(fakes, reals)},
        notes=two_sample.rank_notes,
    ),
)
