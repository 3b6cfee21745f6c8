"""Equivalence by two one-sided tests (Schuirmann 1987): "no difference was found" is no proof of none."""

from __future__ import annotations

from dataclasses import dataclass

from mammoganesis.statistics.intervals import above, around, of_share
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
    rooms = (value - (wanted.chance - wanted.margin), (wanted.chance + wanted.margin) - value)
    p_low, p_high = (above(room / se, df) if se > 0 else float(room <= 0) for room in rooms)
    interval = of_share(around(value, se, df, 1 - 2 * wanted.alpha))
    p = max(p_low, p_high)
    return Equivalence(
        wanted.chance, wanted.margin, wanted.alpha, p_low, p_high, p, interval, equivalent=p < wanted.alpha
    )
