"""Squares by doubling windows against the dense structuring elements of scipy: the same to the pixel."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mammoganesis.pictures.morphology import grown, runs, shrunk


@pytest.mark.parametrize(("shape", "radius"), [((50, 40), 3), ((7, 5), 2), ((30, 1), 0), ((3, 4), 5), ((90, 70), 12)])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.98, 1.0])
def test_a_square_by_doubling_is_the_dense_square(shape: tuple[int, int], radius: int, share: float) -> None:
    mask = np.random.default_rng(radius).random(shape) < share
    square = np.ones((2 * radius + 1, 2 * radius + 1), bool)
    assert np.array_equal(grown(mask, radius), ndimage.binary_dilation(mask, square))
    assert np.array_equal(shrunk(mask, radius), ndimage.binary_erosion(mask, square))


@pytest.mark.parametrize("length", [1, 2, 7, 20, 41])
def test_runs_are_an_opening_by_a_line(length: int) -> None:
    mask = np.random.default_rng(length).random((40, 30)) < 0.9
    assert np.array_equal(runs(mask, length), ndimage.binary_opening(mask, np.ones((length, 1), bool)))


def test_a_mask_stays_as_it_was() -> None:
    mask = np.zeros((9, 9), bool)
    mask[4, 4] = True
    grown(mask, 2)
    assert int(mask.sum()) == 1
