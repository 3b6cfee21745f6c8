"""The empirical ROC curve, the placement values behind it, and the area under it (Bamber 1975; DeLong 1988)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from mammoganesis.statistics.results import Curve

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Placements:
    """Where each case stands among those of the other class.

    Attributes:
        positives: [..., P], the share of negatives rated below each positive, a tie as a half (V10).
        negatives: [..., N], the share of positives rated above each negative (V01).
    """

    positives: Floats
    negatives: Floats

    @property
    def auc(self) -> Floats:
        """[...], the area under the empirical curve: the Mann-Whitney statistic over P N."""
        return self.positives.mean(axis=-1)


def placements(negatives: Floats, positives: Floats) -> Placements:
    """Placement values of ratings [..., N] of negatives and [..., P] of positives, none of them NaN."""
    n, p = negatives.shape[-1], positives.shape[-1]
    ranks = scipy.stats.rankdata(np.concatenate([negatives, positives], axis=-1), axis=-1)
    among_positives = scipy.stats.rankdata(positives, axis=-1)
    among_negatives = scipy.stats.rankdata(negatives, axis=-1)
    return Placements((ranks[..., n:] - among_positives) / n, 1 - (ranks[..., :n] - among_negatives) / p)


def curve(truth: Bools, ratings: Floats) -> Curve | None:
    """The corners of the empirical curve of ratings [n] of cases with truth [n]; None where a class is missing."""
    if truth.all() or not truth.any():
        return None
    from sklearn import metrics  # not at the top: it takes a second to import

    false_positive, true_positive, _ = metrics.roc_curve(truth, ratings, drop_intermediate=False)
    return Curve(tuple(false_positive.tolist()), tuple(true_positive.tolist()))
