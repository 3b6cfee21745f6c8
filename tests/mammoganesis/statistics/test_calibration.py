"""Confidence that is deserved, and confidence that is not."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from mammoganesis.statistics.calibration import MAX_STEPS, calibrate


def test_each_step_has_the_share_that_was_positive() -> None:
    truth = np.array([0, 0, 0, 1, 1, 0, 1, 1], dtype=bool)
    ratings = np.array([1, 1, 1, 1, 3, 3, 6, 6], dtype=float)
    found = calibrate(truth, ratings, (1, 6), 0.95)
    assert found is not None
    assert [(step.low, step.positive.count, step.positive.total) for step in found.steps] == [
        (1, 1, 4),
        (3, 1, 2),
        (6, 2, 2),
    ]
    assert found.expected == pytest.approx((0, 0.4, 1))
    assert found.brier == pytest.approx(brier_score_loss(truth, (ratings - 1) / 5))
    assert found.error == pytest.approx((0.25 * 4 + 0.1 * 2 + 0) / 8)


def test_deserved_confidence_has_no_error() -> None:
    rng = np.random.default_rng(1)
    confidence = rng.integers(0, 6, 30_000) / 5
    found = calibrate(rng.random(30_000) < confidence, confidence, (0, 1), 0.95)
    assert found is not None
    assert found.error < 0.01


def test_many_different_ratings_are_put_together() -> None:
    rng = np.random.default_rng(2)
    ratings = rng.normal(size=500)
    found = calibrate(rng.random(500) < 0.5, ratings, None, 0.95)
    assert found is not None
    assert len(found.steps) == MAX_STEPS
    assert sum(step.positive.total for step in found.steps) == 500
    assert all(step.positive.total == pytest.approx(50, abs=1) for step in found.steps)
    assert (found.steps[0].low, found.steps[-1].high) == (ratings.min(), ratings.max())


def test_one_rating_says_nothing() -> None:
    assert calibrate(np.array([True, False]), np.ones(2), None, 0.95) is None
