"""Time against correctness, within readers."""

import numpy as np
import pytest

from mammoganesis.statistics import reading_time
from mammoganesis.texts.statements import sentence


def _readings(effect: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """40 readers of 100 images; a doubling of the time multiplies the odds of a right answer by exp(effect)."""
    rng = np.random.default_rng(seed)
    readers = np.repeat(np.arange(40), 100)
    habit = rng.normal(0, 1, 40)
    doublings = rng.normal(habit[readers], 1)
    chance = 1 / (1 + np.exp(-(effect * (doublings - habit[readers]) - 2 * habit[readers])))
    return 2.0**doublings * 10, rng.random(4000) < chance, readers.astype(str)


def test_the_odds_ratio_of_a_doubling_is_found_within_readers() -> None:
    seconds, right, readers = _readings(0.7)
    found = reading_time.analyse(seconds, right, readers, 0.95)
    assert found is not None
    assert found.odds_ratio_interval is not None
    assert found.odds_ratio_interval.low < np.exp(0.7) < found.odds_ratio_interval.high
    assert found.odds_ratio_interval.low > 1  # although slow readers are wrong more often
    assert (found.median_right or 0) < (found.median_wrong or 0)
    assert found.reason is None


def test_medians_and_means() -> None:
    seconds = np.array([1.0, 2, 9, 4, np.nan])
    right = np.array([True, False, False, True, True])
    found = reading_time.analyse(seconds, right, np.array(["a"] * 5), 0.95)
    assert found is not None
    assert (found.readings, found.median, found.mean) == (4, 3, 4)
    assert (found.median_right, found.median_wrong) == (2.5, 5.5)


@pytest.mark.parametrize(
    ("right", "reason"),
    [(None, "no decisions"), ([True, True, True], "all decisions are right"), ([True, False, True], "no reader has")],
)
def test_what_time_cannot_tell_says_why(right: list[bool] | None, reason: str) -> None:
    seconds, readers = np.array([1.0, 2, 3]), np.array(["a", "b", "a"])
    found = reading_time.analyse(seconds, None if right is None else np.array(right), readers, 0.95)
    assert found is not None
    assert found.odds_ratio is None
    assert reason in sentence(found.reason)


def test_no_times() -> None:
    assert reading_time.analyse(np.full(3, np.nan), np.ones(3, dtype=bool), np.array(["a"] * 3), 0.95) is None
