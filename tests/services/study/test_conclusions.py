"""What a report concludes follows from interval and margin by rule."""

from __future__ import annotations

import pytest

from mammoganesis.statistics.equivalence import Margin, two_one_sided
from mammoganesis.statistics.intervals import around, two_sided
from mammoganesis.statistics.results import Mrmc, MrmcEstimate, MrmcMethod
from services.study.conclusions import Conclusion, concluded, equivalence_of, primary_of


def estimate(auc: float, se: float, df: float = 8.0) -> MrmcEstimate:
    return MrmcEstimate(auc, se, df, around(auc, se, df, 0.95), two_sided(auc - 0.5, se, df))


@pytest.mark.parametrize(
    ("auc", "se", "margin", "shown"),
    [
        (0.54, 0.08, 0.1, Conclusion.NEITHER),  # as published: wide
        (0.50, 0.02, 0.1, Conclusion.EQUIVALENT),
        (0.70, 0.03, 0.1, Conclusion.DIFFERENT),
        (0.35, 0.03, 0.1, Conclusion.DIFFERENT),  # the wrong way round is a difference too
        (0.54, 0.01, 0.1, Conclusion.BOTH),
        (0.50, 0.02, None, Conclusion.NEITHER),  # no margin: nothing is said of equivalence
    ],
)
def test_the_rule(auc: float, se: float, margin: float | None, shown: Conclusion) -> None:
    found = estimate(auc, se)
    method = MrmcMethod(found, estimate(auc, se / 2, float("inf")))
    equivalence = None if margin is None else two_one_sided(auc, se, found.df, Margin(margin))
    mrmc = Mrmc(method, None, None, None, "jackknife", equivalence)
    primary = primary_of(mrmc, fixed=False)
    assert primary is not None
    assert concluded(primary, equivalence) is shown


def test_fixed_readers_have_their_own_interval() -> None:
    method = MrmcMethod(estimate(0.6, 0.08), estimate(0.6, 0.03, float("inf")))
    mrmc = Mrmc(None, None, method, None, "ustatistic", None)
    fixed = primary_of(mrmc, fixed=True)
    assert fixed is not None
    assert fixed.estimate.se == 0.03
    assert concluded(fixed, None) is Conclusion.DIFFERENT
    new = primary_of(mrmc, fixed=False)
    assert new is not None
    assert concluded(new, None) is Conclusion.NEITHER


def test_without_a_method_there_is_no_conclusion() -> None:
    assert primary_of(Mrmc(None, None, None, None, "", None, "one reader"), fixed=False) is None


def test_the_margin_is_tested_for_the_readers_of_whom_the_interval_speaks() -> None:
    """New readers: too wide for equivalence. These readers: well within the margin."""
    method = MrmcMethod(estimate(0.52, 0.08), estimate(0.52, 0.02, float("inf")))
    mrmc = Mrmc(method, None, None, None, "jackknife", two_one_sided(0.52, 0.08, 8.0, Margin(0.1)))
    for fixed, shown in ((False, Conclusion.NEITHER), (True, Conclusion.EQUIVALENT)):
        primary = primary_of(mrmc, fixed)
        assert primary is not None
        assert concluded(primary, equivalence_of(primary, mrmc)) is shown
