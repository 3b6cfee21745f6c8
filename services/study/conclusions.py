"""The one interval that a task rests on, and what follows from it by rule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mammoganesis.statistics.equivalence import Margin, two_one_sided
from mammoganesis.statistics.results import Equivalence, Mrmc, MrmcEstimate, MrmcMethod

METHODS = ("jackknife", "delong", "ustatistic", "one_shot")


@dataclass(frozen=True)
class Primary:
    """The mean AUC over readers by the method to quote; `fixed`: for these readers alone, as the protocol says."""

    method: str
    fixed: bool
    estimate: MrmcEstimate


def primary_of(mrmc: Mrmc, fixed: bool) -> Primary | None:
    """None where there is no interval over readers."""
    method: MrmcMethod | None = getattr(mrmc, mrmc.primary) if mrmc.primary else None
    if method is None:
        return None
    return Primary(mrmc.primary, fixed, method.fixed_readers if fixed else method.random_readers)


def equivalence_of(primary: Primary, mrmc: Mrmc) -> Equivalence | None:
    """The test of equivalence of those readers of whom the primary interval speaks; None without a margin."""
    found = mrmc.equivalence
    if found is None or not primary.fixed:
        return found
    estimate = primary.estimate
    return two_one_sided(estimate.auc, estimate.se, estimate.df, Margin(found.margin, found.chance, found.alpha))


class Conclusion(Enum):
    """What a task's mean AUC bears."""

    DIFFERENT = "different"
    EQUIVALENT = "equivalent"
    BOTH = "both"
    NEITHER = "neither"


def concluded(primary: Primary, equivalence: Equivalence | None, chance: float = 0.5) -> Conclusion:
    """A difference is shown when the interval excludes chance, equivalence when the two one-sided tests say so."""
    interval = primary.estimate.interval
    different = not interval.low <= chance <= interval.high
    equivalent = equivalence is not None and equivalence.equivalent
    if different:
        return Conclusion.BOTH if equivalent else Conclusion.DIFFERENT
    return Conclusion.EQUIVALENT if equivalent else Conclusion.NEITHER
