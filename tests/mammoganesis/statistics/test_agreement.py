"""Kappas: published examples, scikit-learn, and answers that cannot disagree."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from mammoganesis.statistics import agreement
from mammoganesis.statistics.results import Statement


def test_fleiss_of_two_readers_is_scotts_pi() -> None:
    rng = np.random.default_rng(1)
    decisions = rng.random((2, 60)) < 0.4
    share = decisions.mean()
    expected = share**2 + (1 - share) ** 2
    observed = (decisions[0] == decisions[1]).mean()
    found = agreement.fleiss(decisions, 0.95)
    assert found.agreement == pytest.approx(observed)
    assert found.kappa == pytest.approx((observed - expected) / (1 - expected))


def test_the_interval_of_fleiss_covers_what_it_should() -> None:
    rng = np.random.default_rng(2)
    inside = []
    for _ in range(60):
        case = rng.random(40) < 0.5
        wrong = rng.random((4, 40)) < 0.2
        found = agreement.fleiss(case ^ wrong, 0.95)
        assert found.interval is not None
        inside.append(found.interval.low <= (0.8**2 + 0.2**2 - 0.5) / 0.5 <= found.interval.high)
    assert np.mean(inside) > 0.85


def test_weighted_kappa_is_that_of_scikit_learn_with_an_interval_as_wide_as_the_jackknifes() -> None:
    rng = np.random.default_rng(3)
    first = rng.integers(1, 7, 80)
    second = np.clip(first + rng.integers(-2, 3, 80), 1, 6)
    found = agreement.weighted(("a", "b"), first.astype(float), second.astype(float), 0.95)
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second, weights="quadratic"))
    assert (found.reader, found.other, found.cases) == ("a", "b", 80)
    assert found.interval is not None
    left_out = [cohen_kappa_score(np.delete(first, k), np.delete(second, k), weights="quadratic") for k in range(80)]
    se = np.sqrt(79 * np.var(left_out))
    assert (found.interval.high - found.interval.low) / (2 * 1.96) == pytest.approx(se, rel=0.1)


def test_steps_of_the_scale_that_nobody_used_lie_between() -> None:
    first = np.array([1.0, 2, 6, 2, 1, 6, 2, 1, 2, 6])
    second = np.array([1.0, 1, 6, 6, 2, 6, 2, 1, 2, 2])
    expected = cohen_kappa_score(first, second, labels=[1, 2, 3, 4, 5, 6], weights="quadratic")
    found = agreement.weighted(("a", "b"), first, second, 0.95).kappa
    assert found == pytest.approx(expected)
    assert found != pytest.approx(cohen_kappa_score(first, second, weights="quadratic"), abs=0.01)


def test_no_limit_lies_beyond_full_agreement() -> None:
    first = np.array([1.0, 2, 3, 6, 2, 5])
    second = np.array([1.0, 2, 3, 6, 3, 5])
    nearly = np.array([[True, False, True, False, True, True], [True, False, True, False, True, False]])
    for found in (agreement.weighted(("a", "b"), first, second, 0.95), agreement.fleiss(nearly, 0.95)):
        assert found.interval is not None
        assert found.kappa is not None
        assert found.interval.low < found.kappa < found.interval.high == 1


def test_readers_who_agree_fully() -> None:
    ratings = np.array([1.0, 2, 3, 6, 2])
    assert agreement.weighted(("a", "b"), ratings, ratings, 0.95).kappa == 1
    assert agreement.fleiss(np.array([[True, False, True]] * 3), 0.95).kappa == pytest.approx(1)


def test_what_has_no_kappa_says_why() -> None:
    same = np.ones(4)
    assert agreement.weighted(("a", "b"), same, same, 0.95).reason == agreement.ONE_ANSWER
    assert agreement.fleiss(np.ones((3, 4), dtype=bool), 0.95).reason == agreement.ONE_ANSWER
    assert agreement.fleiss(np.ones((3, 1), dtype=bool), 0.95).reason == Statement("kappa.few_cases")
    assert agreement.weighted(("a", "b"), same[:1], same[:1], 0.95).reason == Statement("kappa.few_twice")
    fine = np.linspace(0, 1, 50)
    found = agreement.weighted(("a", "b"), fine, fine[::-1].copy(), 0.95)
    assert found.kappa is None
    assert found.reason == Statement("kappa.steps", {"steps": 50, "most": agreement.MAX_STEPS})
