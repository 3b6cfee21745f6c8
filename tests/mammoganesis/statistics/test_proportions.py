"""Shares with the positive class named: the paper's Table II from its counts, and closed forms."""

import numpy as np
import pytest

from mammoganesis.statistics import proportions
from mammoganesis.statistics.results import Binary

# The paper's Table II: (true, false positives) of the answers of four readers to 48 generated and 52 real images.
TABLE_2 = ((18, 13), (31, 9), (15, 21), (30, 44))


def answers(hits: int, false_alarms: int, positives: int = 48, negatives: int = 52) -> tuple[np.ndarray, np.ndarray]:
    truth = np.repeat([True, False], [positives, negatives])
    called = np.concatenate([np.arange(positives) < hits, np.arange(negatives) < false_alarms])
    return truth, called


def _binary(hits: int, false_alarms: int, positives: int = 48, negatives: int = 52) -> Binary:
    return proportions.binary(*answers(hits, false_alarms, positives, negatives), ("generated", 0.5), 0.95)


def test_the_papers_table() -> None:
    found = [_binary(*counts) for counts in TABLE_2]
    accuracies = [of.balanced_accuracy.value for of in found if of.balanced_accuracy]
    assert [round(value, 2) for value in accuracies] == [0.56, 0.74, 0.45, 0.39]
    precisions = [of.precision.value for of in found if of.precision.value]
    assert [round(value, 2) for value in precisions] == [0.58, 0.78, 0.42, 0.41]
    assert round(float(np.mean(np.round(accuracies, 2))), 3) == 0.535
    assert round(float(np.mean(np.round(precisions, 2))), 4) == 0.5475


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((18, 13), 0.47, 0.65), ((31, 9), 0.65, 0.82), ((18, 25), 0.35, 0.54), ((30, 44), 0.31, 0.47)],
)
def test_the_intervals_that_the_paper_left_out(counts: tuple[int, int], low: float, high: float) -> None:
    found = _binary(*counts).balanced_accuracy
    assert found is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=6e-3)


def test_the_variance_of_balanced_accuracy_is_that_of_a_mean_of_two_shares() -> None:
    rng = np.random.default_rng(3)
    hits, rejections = rng.binomial(48, 0.6, 40_000) / 48, rng.binomial(52, 0.8, 40_000) / 52
    found = _binary(29, 10).balanced_accuracy
    assert found is not None
    assert found.se == pytest.approx(float(np.std((hits + rejections) / 2)), rel=0.02)


def test_a_perfect_reader_still_has_an_interval() -> None:
    found = _binary(48, 0).balanced_accuracy
    assert found is not None
    assert found.value == 1
    assert 0.9 < found.interval.low < 0.97
    assert found.interval.high == pytest.approx(1)


def test_the_positive_class_is_named_and_the_shares_are_its() -> None:
    found = _binary(31, 9)
    assert found.positive == "generated"
    assert (found.true_positives, found.false_positives, found.true_negatives, found.false_negatives) == (31, 9, 43, 17)
    assert (found.sensitivity.value, found.specificity.value) == (31 / 48, 43 / 52)
    assert (found.precision.value, found.negative_predictive_value.value) == (31 / 40, 43 / 60)
    assert (found.accuracy.count, found.exact.successes, found.exact.trials) == (74, 74, 100)


def test_wilsons_interval_is_the_root_of_its_equation() -> None:
    found = proportions.proportion(7, 20, 0.95).interval
    assert found is not None
    for limit in (found.low, found.high):
        assert abs(7 / 20 - limit) == pytest.approx(1.959963985 * np.sqrt(limit * (1 - limit) / 20))


def test_nothing_of_nothing_has_no_value() -> None:
    found = _binary(0, 0)
    assert found.precision.value is None
    assert found.precision.interval is None
    assert proportions.against_chance(0, 0, 0.5).p == 1
    assert _binary(0, 3, positives=0).balanced_accuracy is None


def test_the_exact_test_adds_up_what_is_no_likelier() -> None:
    chances = np.array([1, 6, 15, 20, 15, 6, 1]) / 64  # of 0 to 6 heads
    assert proportions.against_chance(5, 6, 0.5).p == pytest.approx(chances[[0, 1, 5, 6]].sum())
