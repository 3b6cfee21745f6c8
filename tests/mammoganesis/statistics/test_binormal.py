"""The binormal fit: Hanley and McNeil's published example, a search without gradients, and data that it refuses."""

import numpy as np
import pytest
from scipy import optimize, stats

from mammoganesis.statistics import binormal
from mammoganesis.texts.statements import sentence

HANLEY = ((33, 6, 6, 11, 2), (3, 2, 2, 11, 33))  # Hanley and McNeil 1982: CT of normal and abnormal brains, 5 steps


def _ratings(counts: tuple[tuple[int, ...], tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray]:
    truth = np.repeat([False, True], [sum(counts[0]), sum(counts[1])])
    return truth, np.concatenate([np.repeat(np.arange(len(of)), of) for of in counts]).astype(float)


def test_the_published_fit() -> None:
    """As Stata's manual prints it: rocfit of the same table."""
    found = binormal.fit(*_ratings(HANLEY))
    assert found.a == pytest.approx(1.656782, abs=5e-6)
    assert found.b == pytest.approx(0.713002, abs=5e-6)
    assert found.auc == pytest.approx(0.911331, abs=5e-7)
    assert found.se == pytest.approx(0.029506, abs=5e-6)
    assert found.reason is None


def test_a_search_without_gradients_finds_the_same_maximum() -> None:
    rng = np.random.default_rng(5)
    truth = np.repeat([False, True], [60, 45])
    ratings = np.clip(np.round(rng.normal(truth * 1.1, np.where(truth, 1.4, 1.0)) + 2), 0, 4)
    counts = binormal.step_counts(truth, ratings)

    def loss(values: np.ndarray) -> float:
        a, b, edges = values[0], values[1], np.sort(values[2:])
        chances = [np.diff(stats.norm.cdf(np.concatenate([[-np.inf], e, [np.inf]]))) for e in (edges, b * edges - a)]
        return -sum((of * np.log(np.maximum(chance, 1e-12))).sum() for of, chance in zip(counts, chances, strict=True))

    options = {"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-8, "fatol": 1e-10}
    expected = optimize.minimize(loss, [1, 1, -1, 0, 1, 2], method="Nelder-Mead", options=options)
    found = binormal.fit(truth, ratings)
    assert (found.a, found.b) == pytest.approx(tuple(expected.x[:2]), abs=1e-3)


def test_continuous_ratings_give_back_the_curve_that_they_come_from() -> None:
    rng = np.random.default_rng(6)
    truth = np.repeat([False, True], 3000)
    found = binormal.fit(truth, rng.normal(np.where(truth, 1.5, 0), np.where(truth, 1.25, 1)))
    assert found.a == pytest.approx(1.2, abs=0.08)
    assert found.b == pytest.approx(0.8, abs=0.05)


def test_only_the_order_of_the_ratings_counts() -> None:
    truth, ratings = _ratings(HANLEY)
    assert binormal.fit(truth, np.exp(ratings)).auc == pytest.approx(binormal.fit(truth, ratings).auc or 0)


@pytest.mark.parametrize(
    ("truth", "ratings", "reason"),
    [
        ([1, 1, 1], [1, 2, 3], "one of the classes"),
        ([0, 0, 1, 1], [1, 2, 1, 2], "three different"),
        ([0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6], "off the border"),
        ([0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 1, 1], "three different"),
    ],
)
def test_what_cannot_be_fitted_says_why(truth: list[int], ratings: list[int], reason: str) -> None:
    found = binormal.fit(np.array(truth, dtype=bool), np.array(ratings, dtype=float))
    assert found.auc is None
    assert reason in sentence(found.reason)
