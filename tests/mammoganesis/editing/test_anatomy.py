"""Parts of the breast against outlines drawn by hand, whose distances and corners are known by geometry."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray
from scipy import ndimage

from mammoganesis.editing.anatomy import AXILLARY_TAIL, PARTS, PECTORAL_MUSCLE, SKIN, part_masks
from mammoganesis.editing.measures import pectoral

RADIUS, MIDDLE = 0.4, 0.55  # of a round breast at the right edge, shares of the image
MUSCLE = (0.3, 0.5)  # along the upper edge and the chest wall
LINE = 0.016  # of the skin


def shares(size: int) -> tuple[ndarray, ndarray]:
    """Rows and columns of the pixels' centres, shares of the image."""
    row, column = (np.indices((size, size)) + 0.5) / size
    return row, column


def half_disc(size: int) -> ndarray:
    row, column = shares(size)
    return np.hypot(row - MIDDLE, 1 - column) < RADIUS


def mediolateral(size: int) -> tuple[ndarray, ndarray]:
    """Grey values of a breast that runs up to the upper edge, with a bright muscle; and the muscle's pixels."""
    row, column = shares(size)
    upper = (1 - column < 0.38) & (row < MIDDLE)
    breast = half_disc(size) | upper
    muscle = breast & ((1 - column) / MUSCLE[0] + row / MUSCLE[1] < 1)
    return np.where(muscle, 0.7, np.where(breast, 0.3, 0.0)), muscle


def found(image: ndarray) -> dict[str, ndarray]:
    return dict(zip(PARTS, part_masks(image, PARTS), strict=True))


@pytest.mark.parametrize("size", [128, 256, 512])
def test_skin_is_a_band_along_the_outline(size: int) -> None:
    row, column = shares(size)
    skin = found(np.where(half_disc(size), 0.3, 0.0))[SKIN]
    depth = RADIUS - np.hypot(row - MIDDLE, 1 - column)  # below the outline, share of the image
    # Smoothed by 1/128, the step from 0 to 0.3 passes 0.07 at 0.73 deviations outside of it.
    depth, pixel = depth + 0.73 / 128, 1.5 / size
    assert skin[(depth > pixel) & (depth < LINE - pixel)].all(), "at its own depth, all around"
    assert not skin[(depth < -pixel) | (depth > LINE + pixel)].any(), "nowhere else, the chest wall included"
    assert skin.sum() / size**2 == pytest.approx(np.pi * RADIUS * LINE, rel=0.35), "half of a ring, in whole pixels"


def test_no_skin_where_the_picture_ends_or_behind_the_breast() -> None:
    image, _ = mediolateral(128)
    skin = found(image)[SKIN]
    row, column = shares(128)
    assert not skin[row[:, 0] < MIDDLE + RADIUS - 2 * LINE, -1].any(), "the chest wall"
    assert not skin[0, 1 - column[0] < 0.3].any(), "the upper edge cuts the breast"
    corner = (row > 0.8) & (column > 0.86)
    image[corner] = 0.0  # a dark corner between breast and chest wall, where a film ends
    assert not (found(image)[SKIN] & (row > 0.78) & (row < 0.88) & (column > 0.84)).any()


def test_the_muscle_is_where_it_was_drawn() -> None:
    image, muscle = mediolateral(128)
    parts = found(image)
    both = (parts[PECTORAL_MUSCLE] & muscle).sum() / (parts[PECTORAL_MUSCLE] | muscle).sum()
    assert both > 0.85, "within a step of the borders that are tried"


@pytest.mark.parametrize(
    ("width", "height", "step", "seen"),
    [(0.12, 0.3, 0.045, False), (0.12, 0.3, 0.1, True), (0.3, 0.5, 0.045, True)],
)
def test_a_small_muscle_has_to_be_clearer_than_a_large_one(
    width: float, height: float, step: float, seen: bool
) -> None:
    """Stripes, and in the upper corner a triangle that is brighter by a step: what measurements take for a muscle."""
    row, column = shares(128)
    breast = half_disc(128) | ((1 - column < 0.38) & (row < MIDDLE))
    corner = (1 - column) / width + row / height < 1
    image = np.where(breast, 0.3 + 0.1 * np.sin(32 * np.pi * row) + step * corner, 0.0)
    assert pectoral(image).present
    parts = found(image)
    assert (parts[PECTORAL_MUSCLE].any(), parts[AXILLARY_TAIL].any()) == (seen, seen)
    assert parts[SKIN].any()


def test_the_axillary_tail_lies_before_the_muscle_and_above_the_nipple() -> None:
    image, muscle = mediolateral(128)
    parts = found(image)
    tail = parts[AXILLARY_TAIL]
    row, column = shares(128)
    end = 0.4 * MIDDLE  # of the way down from the upper edge, where this breast ends, to the foremost point's level
    between = (image > 0) & ~np.asarray(ndimage.binary_dilation(muscle, iterations=6), bool) & ~parts[SKIN]
    assert tail[between & (row < end - 0.03)].all()
    assert not tail[row > end + 0.03].any()
    assert not tail[1 - column < 0.1].any(), "behind it there is muscle"
    assert not tail[image == 0].any()


def test_without_a_muscle_there_is_skin_alone() -> None:
    parts = found(np.where(half_disc(128), 0.3, 0.0))
    assert parts[SKIN].any()
    assert not parts[PECTORAL_MUSCLE].any()
    assert not parts[AXILLARY_TAIL].any()


def test_no_pixel_is_in_two_parts_and_a_part_is_the_same_alone() -> None:
    image, _ = mediolateral(128)
    together = part_masks(image, PARTS)
    assert together.sum(axis=0).max() == 1
    for part, mask in zip(PARTS, together, strict=True):
        np.testing.assert_array_equal(part_masks(image, [part])[0], mask)
    np.testing.assert_array_equal(part_masks(image, PARTS[::-1]), together[::-1])
    assert part_masks(image, []).shape == (0, 128, 128)


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("size", [16, 32])
def test_an_image_of_nothing_but_air_or_tissue_has_no_parts(level: float, size: int) -> None:
    assert not part_masks(np.full((size, size), level), PARTS).any()
