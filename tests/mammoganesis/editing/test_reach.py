"""The stretch of a line that stays within a distance, against a search along it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoganesis.editing.reach import Space, limit_of, reach, stretch

MEAN = np.random.RandomState(0).randn(5).astype(np.float32)


def space(limit: float) -> Space:
    return Space(np.eye(5, dtype=np.float32), np.ones(5, np.float32), MEAN, limit)


@given(st.integers(0, 2**31), st.floats(0.5, 6), st.lists(st.booleans(), min_size=3, max_size=3))
@settings(max_examples=50)
def test_a_stretch_is_what_a_search_along_the_line_finds(seed: int, limit: float, moved: list[bool]) -> None:
    random = np.random.RandomState(seed)
    start = (MEAN + random.randn(3, 5)).astype(np.float32)
    step = (random.randn(3, 5) * np.array(moved)[:, None]).astype(np.float32)
    within = [x for x in np.linspace(-30, 30, 301) if reach(start + x * step, space(limit)) <= 1]
    found = stretch(start, step, space(limit))
    if not any(moved):
        assert found == ((-np.inf, np.inf) if within else None)
    elif found is None:
        assert not within
    else:
        assert within == [x for x in np.linspace(-30, 30, 301) if found[0] <= x <= found[1]]
        for end in found:
            assert reach(start + end * step, space(limit)) == pytest.approx(1, abs=1e-4)


def test_layers_count_by_the_mean_of_their_squares() -> None:
    ws = np.stack([MEAN, MEAN + np.array([3, 0, 0, 0, 0]), MEAN]).astype(np.float32)
    assert reach(ws, space(2.0)) == pytest.approx(1.5 / np.sqrt(3))


def test_the_limit_holds_99_of_100_codes() -> None:
    codes = MEAN + np.random.RandomState(1).randn(2000, 5)
    limit = limit_of(codes.astype(np.float32), MEAN)
    assert limit == pytest.approx(np.sqrt(15.086), rel=0.05)  # chi-squared of 5 degrees of freedom at 0.99
