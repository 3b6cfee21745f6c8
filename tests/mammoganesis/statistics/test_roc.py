"""The empirical curve against scikit-learn's, and the cases in which there is none."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mammoganesis.statistics.roc import curve, placements


def _study(seed: int, steps: int | None) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.random(83) < 0.4
    ratings = rng.normal(truth * 0.8, 1)
    return truth, ratings if steps is None else np.round(ratings * steps / 4)


@pytest.mark.parametrize("steps", [None, 6, 1])
def test_the_auc_is_that_of_scikit_learn(steps: int | None) -> None:
    truth, ratings = _study(3, steps)
    found = placements(ratings[~truth], ratings[truth])
    assert found.auc == pytest.approx(roc_auc_score(truth, ratings), abs=1e-12)
    assert found.negatives.mean() == pytest.approx(found.auc, abs=1e-12)


def test_placements_are_shares_of_the_other_class_with_ties_as_halves() -> None:
    found = placements(np.array([1.0, 2.0, 2.0]), np.array([2.0, 3.0]))
    np.testing.assert_allclose(found.positives, [2 / 3, 1])
    np.testing.assert_allclose(found.negatives, [1, 0.75, 0.75])


def test_studies_are_placed_each_by_itself() -> None:
    rng = np.random.default_rng(0)
    negatives, positives = rng.normal(size=(4, 3, 7)), rng.normal(size=(4, 3, 5))
    together = placements(negatives, positives)
    alone = placements(negatives[2, 1], positives[2, 1])
    np.testing.assert_allclose(together.positives[2, 1], alone.positives)
    assert together.auc.shape == (4, 3)


def test_the_area_under_the_corners_is_the_auc() -> None:
    truth, ratings = _study(5, 6)
    found = curve(truth, ratings)
    assert found is not None
    assert (found.false_positive[0], found.true_positive[0]) == (0, 0)
    assert (found.false_positive[-1], found.true_positive[-1]) == (1, 1)
    assert np.trapezoid(found.true_positive, found.false_positive) == pytest.approx(
        float(placements(ratings[~truth], ratings[truth]).auc)
    )


def test_there_is_no_curve_of_one_class() -> None:
    assert curve(np.ones(3, dtype=bool), np.arange(3.0)) is None
    assert curve(np.zeros(3, dtype=bool), np.arange(3.0)) is None
