"""The band of the mean ROC curve, against areas, known curves and its own meaning."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from mammoganesis.statistics.bands import POINTS, roc_band


def study(readers: int, cases: int, seed: int, spread: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Ratings [readers, cases] of a binormal model with separation 1: cases have a part of their own, all readers see
    it; readers differ by `spread`."""
    random = np.random.default_rng(seed)
    truth = np.arange(cases) < cases // 2
    shared = random.normal(0, np.sqrt(0.5), cases)
    own = random.normal(0, np.sqrt(0.5), (readers, cases))
    skill = 1.0 + random.normal(0, spread, (readers, 1))
    return truth * skill + shared + own, truth


def test_the_mean_curve_has_the_mean_area() -> None:
    ratings, truth = study(5, 400, 1)
    band = roc_band(ratings, truth, 0.95, False)
    assert band is not None
    area = np.trapezoid(band.true_positive, band.false_positive)
    assert area == pytest.approx(np.mean([roc_auc_score(truth, row) for row in ratings]), abs=0.005)


def test_it_runs_from_corner_to_corner_and_holds_the_mean() -> None:
    ratings, truth = study(4, 60, 2)
    band = roc_band(np.round(ratings), truth, 0.95, False)
    assert band is not None
    assert len(band.false_positive) == POINTS
    assert (band.false_positive[0], band.false_positive[-1]) == (0.0, 1.0)
    assert band.true_positive[-1] == 1.0
    low, mean, high = np.array(band.low), np.array(band.true_positive), np.array(band.high)
    assert (low >= 0).all()
    assert (low <= mean).all()
    assert (mean <= high).all()
    assert (high <= 1).all()


def test_it_covers_the_true_curve_as_often_as_it_says() -> None:
    points = np.linspace(0, 1, POINTS)
    true = stats.norm.cdf(1.0 + stats.norm.ppf(points[10]))
    held = []
    for seed in range(60):
        band = roc_band(*study(5, 80, seed, spread=0.3), 0.95, False)
        assert band is not None
        held.append(band.low[10] <= true <= band.high[10])
    assert np.mean(held) >= 0.88  # 57 of 60 are expected; 52 or fewer once in 40 times


def test_new_readers_take_more_room_than_these_ones() -> None:
    ratings, truth = study(4, 100, 3, spread=0.8)
    new, these = roc_band(ratings, truth, 0.95, False), roc_band(ratings, truth, 0.95, True)
    assert new is not None
    assert these is not None
    assert np.subtract(new.high, new.low)[5:-5].mean() > np.subtract(these.high, these.low)[5:-5].mean()


def test_who_has_read_one_class_alone_is_left_out() -> None:
    ratings, truth = study(3, 60, 4)
    alone = np.where(truth, ratings[0], np.nan)
    with_alone = roc_band(np.vstack([ratings, alone]), truth, 0.95, False)
    assert with_alone == roc_band(ratings, truth, 0.95, False)


@pytest.mark.parametrize("readers", [0, 1])
def test_one_reader_has_no_band(readers: int) -> None:
    ratings, truth = study(2, 40, 5)
    assert roc_band(ratings[:readers], truth, 0.95, True) is None


def test_readers_of_different_images_have_one_too() -> None:
    ratings, truth = study(4, 80, 6)
    ratings[:2, ::4] = np.nan
    ratings[2:, 1::4] = np.nan
    band = roc_band(ratings, truth, 0.95, False)
    assert band is not None
    assert np.isfinite(band.low).all()
