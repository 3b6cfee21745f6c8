"""Equivalence by two one-sided tests (Schuirmann 1987): "no difference was found" is no proof of none."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats

from mammoganesis.statistics.intervals import around
from mammoganesis.statistics.results import Equivalence

ALPHA = 0.05


@dataclass(frozen=True)
class Margin:
    """|AUC - chance| < `margin` counts as no difference; fixed in the protocol before the first answer."""

    margin: float
    chance: float = 0.5
    alpha: float = ALPHA


def two_one_sided(value: float, se: float, df: float, wanted: Margin) -> Equivalence:
    """Whether a value with its standard error, by Student's distribution with df (infinite: normal), lies within the
    margin: both one-sided tests reject at alpha, which is where the 1 - 2 alpha interval lies inside."""
    law = stats.norm() if math.isinf(df) else stats.t(df)
    below, above = (value - (wanted.chance - wanted.margin)), ((wanted.chance + wanted.margin) - value)
    p_low, p_high = (float(law.sf(d / se)) if se > 0 else float(d <= 0) for d in (below, above))
    interval = around(value, se, df, 1 - 2 * wanted.alpha)
    p = max(p_low, p_high)
    return Equivalence(
        wanted.chance, wanted.margin, wanted.alpha, p_low, p_high, p, interval, equivalent=p < wanted.alpha
    )
