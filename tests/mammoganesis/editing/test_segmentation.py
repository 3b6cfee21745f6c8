"""Label maps: against drawn tissue whose borders are known, and the guided filter against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray
from scipy import ndimage

from mammoganesis.editing import segmentation

SIZE, GRID = 128, 8
AIR, FAT, MUSCLE = 0, 1, 2
LEVELS = np.array([0.0, 0.3, 0.7])


def tissue() -> ndarray:
    """[SIZE, SIZE] of AIR, FAT and MUSCLE: half an ellipse at the right edge with a triangle in its upper corner."""
    row, column = (np.indices((SIZE, SIZE)) + 0.5) / SIZE
    breast = ((row - 0.5) / 0.42) ** 2 + ((1 - column) / 0.62) ** 2 < 1
    muscle = breast & ((1 - column) / 0.3 + row / 0.55 < 1)
    return np.where(muscle, MUSCLE, np.where(breast, FAT, AIR))


def image_of(labels: ndarray) -> ndarray:
    """[1, H, W], -1 to 1, with a little grain."""
    grain = np.random.RandomState(0).randn(*labels.shape) * 0.01
    return (2 * (LEVELS[labels] + grain) - 1)[None].astype(np.float32)


def features_of(labels: ndarray) -> ndarray:
    """[3, GRID, GRID]: the share of each kind in each cell, as a network's coarse activations would tell it."""
    kinds = np.stack([labels == kind for kind in range(3)]).astype(np.float32)
    cell = SIZE // GRID
    return kinds.reshape(3, GRID, cell, GRID, cell).mean(axis=(2, 4))


def grown(mask: ndarray) -> ndarray:
    """The mask and two pixels around it."""
    return np.asarray(ndimage.binary_dilation(mask, iterations=2), dtype=bool)


CENTROIDS = np.eye(3, dtype=np.float32)


@pytest.mark.parametrize("background", [(), (AIR,)])
def test_borders_follow_the_tissue_and_not_the_grid(background: tuple[int, ...]) -> None:
    true = tissue()
    coarse = segmentation.cells(features_of(true), CENTROIDS).repeat(SIZE // GRID, 0).repeat(SIZE // GRID, 1)
    found = segmentation.label_map(image_of(true), features_of(true), CENTROIDS, background)
    assert found.dtype == np.uint8
    assert (coarse != true).mean() > 0.05
    assert (found != true).mean() < 0.02
    muscle = grown(true == MUSCLE)
    assert not (found[~muscle] == MUSCLE).any(), "two pixels beyond its border there is none of it"


def test_with_a_background_named_the_border_is_the_skin_line() -> None:
    true = tissue()
    found = segmentation.label_map(image_of(true), features_of(true), CENTROIDS, [AIR])
    rim = grown(true == AIR) & grown(true != AIR)
    np.testing.assert_array_equal((found == AIR)[~rim], (true == AIR)[~rim])
    # Whatever the activations say: the background is what is dark.
    misled = features_of(true)
    misled[FAT, 3:5, :2] += 5
    np.testing.assert_array_equal(segmentation.label_map(image_of(true), misled, CENTROIDS, [AIR]) == AIR, found == AIR)


@pytest.mark.parametrize("background", [(), (AIR,), (AIR, FAT, MUSCLE)])
@pytest.mark.parametrize("level", [-1.0, 1.0])
def test_an_image_of_one_level_has_regions_too(level: float, background: tuple[int, ...]) -> None:
    image = np.full((1, SIZE, SIZE), level, np.float32)
    found = segmentation.label_map(image, np.zeros((3, GRID, GRID), np.float32), CENTROIDS, background)
    assert found.shape == (SIZE, SIZE)
    assert set(found.ravel().tolist()) <= {AIR, FAT, MUSCLE}
    if background == (AIR,):
        assert (found == AIR).all() == (level != 1.0)


def guided_by_definition(guide: ndarray, values: ndarray, window: int, ridge: float) -> ndarray:
    """He et al. 2013, equations 4 and 8: in each window the line a I + b nearest to the values, a held small; every
    pixel takes the mean of the lines of the windows that hold it."""
    half = window // 2
    padded_guide, padded = np.pad(guide, half, mode="edge"), np.pad(values, half, mode="edge")
    lines = np.zeros((2, *guide.shape))
    for row, column in np.ndindex(guide.shape):
        at = np.s_[row : row + window, column : column + window]
        x, y = padded_guide[at].ravel(), padded[at].ravel()
        system = np.vstack([np.stack([x, np.ones_like(x)], 1), [np.sqrt(ridge * x.size), 0]])
        lines[:, row, column] = np.linalg.lstsq(system, np.append(y, 0.0), rcond=None)[0]
    slope, offset = np.pad(lines, ((0, 0), (half, half), (half, half)), mode="edge")
    result = np.empty_like(guide)
    for row, column in np.ndindex(guide.shape):
        at = np.s_[row : row + window, column : column + window]
        result[row, column] = slope[at].mean() * guide[row, column] + offset[at].mean()
    return result


@pytest.mark.parametrize("window", [3, 5])
def test_guided_filter_by_its_definition(window: int) -> None:
    random = np.random.RandomState(1)
    guide, maps = random.rand(12, 9), random.rand(2, 12, 9)
    maps[1] = 1 - maps[0]
    found = segmentation.guided(guide, maps, window)
    for values, result in zip(maps, found, strict=True):
        expected = guided_by_definition(guide, values, window, segmentation.EDGE_VARIANCE)
        np.testing.assert_allclose(result, expected, atol=1e-9)
    np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-9)


def test_cells_of_several_images_are_those_of_each_alone() -> None:
    random = np.random.default_rng(1)
    features = random.normal(size=(2, 3, 5, 4, 6)).astype(np.float32)
    centroids = random.normal(size=(7, 5)).astype(np.float32)
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
    labels = segmentation.cells(features, centroids)
    assert labels.dtype == np.uint8
    assert labels.shape == (2, 3, 4, 6)
    for place in np.ndindex(2, 3):
        np.testing.assert_array_equal(labels[place], segmentation.cells(features[place], centroids))
        for cell in np.ndindex(4, 6):
            vector = features[(*place, slice(None), *cell)].astype(float)
            distances = np.linalg.norm(centroids - vector / np.linalg.norm(vector), axis=1)
            assert labels[(*place, *cell)] == distances.argmin()
