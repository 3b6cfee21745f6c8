"""Attributes of drawn phantoms, whose sizes and angles are known, and of pictures without a breast."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.filters import threshold_otsu

from mammoganesis.editing.measures import SEEDS_BY, dense_share, dense_threshold, measure, pectoral, triangle_mask
from mammoganesis.editing.segmentation import breast_mask

SIZE = 128


def grid(size: int = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """Row and distance to the right edge of every pixel's centre, shares of the image."""
    centre = (np.arange(size) + 0.5) / size
    return centre[:, None], 1 - centre[None, :]


def phantom(
    width: float = 0.6,
    height: float = 0.8,
    centre: float = 0.5,
    brightness: float = 0.3,
    muscle: tuple[float, float] | None = None,
    size: int = SIZE,
) -> np.ndarray:
    """Half an ellipse on the right edge; with a muscle (width, height) also the tissue above, as in an MLO view."""
    y, from_wall = grid(size)
    breast = (from_wall / width) ** 2 + ((y - centre) / (height / 2)) ** 2 < 1
    if muscle:
        breast |= (from_wall < 0.75 * width) & (y < centre)
    random = np.random.default_rng(0)
    image = np.where(breast, brightness + 0.02 * random.standard_normal((size, size)), 0.0)
    if muscle:
        image[(from_wall / muscle[0] + y / muscle[1] < 1) & breast] += 0.3
    return np.clip(image, 0, 1)


@pytest.mark.parametrize(("width", "height"), [(0.4, 0.6), (0.6, 0.8), (0.9, 0.95)])
def test_area_and_extent_of_an_ellipse(width, height):
    found = measure(phantom(width, height))
    assert found["breast_area"] == pytest.approx(np.pi * width * height / 4, abs=0.015)
    assert found["height"] == pytest.approx(height, abs=0.03)
    assert found["width"] == pytest.approx(width, abs=0.03)


def test_position_and_brightness():
    found = measure(phantom(0.5, 0.5, centre=0.6, brightness=0.45))
    assert found["centroid_y"] == pytest.approx(0.6, abs=0.01)
    assert found["mean_intensity"] == pytest.approx(0.45, abs=0.02)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_dense_share_of_two_tissues(share):
    image = phantom(0.6, 0.8, brightness=0.2)
    mask = image > 0.1
    rows = np.flatnonzero(np.cumsum(mask.sum(axis=1)) > (1 - share) * mask.sum())
    dense = mask & (np.arange(SIZE)[:, None] >= rows[0])
    image[dense] += 0.4
    assert measure(image)["dense_share"] == pytest.approx(dense.sum() / mask.sum(), abs=0.03)


@pytest.mark.parametrize("size", [64, 128, 256])
@pytest.mark.parametrize("muscle", [(0.2, 0.6), (0.3, 0.5), (0.4, 0.45)])
def test_angle_and_area_of_a_muscle(muscle, size):
    image = phantom(0.7, 0.9, muscle=muscle, size=size)
    found = pectoral(image)
    assert found.present
    assert found.angle == pytest.approx(np.degrees(np.arctan2(*muscle)), abs=4)
    assert found.area == pytest.approx(muscle[0] * muscle[1] / 2, rel=0.25)
    assert triangle_mask(found, image.shape).mean() == pytest.approx(found.area, abs=0.005)


def test_no_muscle_without_a_step():
    for image in (phantom(), phantom(0.9, 0.99), phantom(0.7, 0.9, muscle=(0.3, 0.5)).T):
        found = pectoral(image)
        assert not found.present
        assert np.isnan(found.angle)
        assert found.area == 0


def test_upper_end_tells_the_views_apart():
    assert measure(phantom())["top_width"] < 0.4 < measure(phantom(0.7, 0.9, muscle=(0.3, 0.5)))["top_width"]


def test_contrast_and_texture_grow_with_detail():
    smooth, random = phantom(), np.random.default_rng(1)
    rough = np.where(smooth > 0, np.clip(smooth + 0.1 * random.standard_normal(smooth.shape), 0, 1), 0)
    before, after = measure(smooth), measure(rough)
    assert after["texture"] > 3 * before["texture"]
    assert after["contrast"] > before["contrast"]


def test_markers_and_holes_are_no_breast():
    image = phantom()
    clean = breast_mask(image)
    image[5:15, 5:25] = 1.0  # a burned-in label
    image[60:66, 110:116] = 0.0  # a dark spot inside
    image[50:60, -5:] = 0.0  # and one at the chest wall
    assert (breast_mask(image) != clean).mean() < 0.002


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((64, 64)),
        np.ones((64, 64)),
        np.full((32, 32), np.nan),
        np.eye(16),
        np.zeros((64, 64), dtype=np.float32),
    ],
)
def test_pictures_without_a_breast_give_numbers(image):
    found = measure(image)
    assert set(SEEDS_BY) < set(found)
    assert all(np.isfinite(value) for name, value in found.items() if name != "pectoral_angle")


def test_dense_share_is_that_of_the_best_threshold_by_definition():
    random = np.random.default_rng(2)
    values = np.concatenate([random.normal(0.3, 0.08, 400), random.normal(0.7, 0.06, 200)]).clip(0, 1)

    def within(threshold: float) -> float:
        parts = [values[values <= threshold], values[values > threshold]]
        return sum(len(part) * part.var() for part in parts if len(part))

    best = min(np.linspace(0.01, 0.99, 197), key=within)
    assert dense_share(values) == pytest.approx(np.mean(values > best), abs=0.005)
    chosen = np.sort(values)[::-1][round(dense_share(values) * len(values))]  # the brightest that is not dense
    assert within(chosen) <= within(best) * 1.01


def test_dense_share_of_few_and_of_two_values():
    assert dense_share(np.array([])) == dense_share(np.array([0.7])) == dense_share(np.full(9, 0.7)) == 0.0
    assert dense_share(np.array([0.203] * 30 + [0.8] * 10)) == 0.25


@given(st.lists(st.floats(0, 1, width=32), min_size=2, max_size=200))
def test_the_threshold_is_that_of_scikit_image(values: list[float]) -> None:
    grey = np.array(values)
    if grey.std() >= 0.02:
        # Of several thresholds that separate equally well either may be taken: the classes are the same.
        ours, theirs = dense_threshold(grey), threshold_otsu(grey)
        assert ours == theirs or (grey > ours).sum() == (grey > theirs).sum()
