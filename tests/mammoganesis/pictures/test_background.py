"""What is no mammogram, and what lies around one: frames of film, bright backgrounds, blank pages, masks, labels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mammoganesis.errors import DataError
from mammoganesis.pictures import background, breast, markers
from mammoganesis.pictures.pixels import resize
from tests.support.mammograms import mammogram


def pose(values: np.ndarray, resolution: int = 64, invert: bool = False) -> breast.Pose:
    return breast.canonical_pose(values, resolution, resize, invert)


def framed(values: np.ndarray, sides: str, depth: int = 2) -> np.ndarray:
    result = values.copy()
    if "t" in sides:
        result[:depth] = 240
    if "b" in sides:
        result[-depth:] = 240
    if "l" in sides:
        result[:, :depth] = 240
    if "r" in sides:
        result[:, -depth:] = 240
    return result


@pytest.mark.parametrize("sides", ["tblr", "tb", "tr", "br", "tbr", "t", "b"])
@pytest.mark.parametrize("left", [True, False])
def test_the_frame_of_a_film_goes(sides: str, left: bool) -> None:
    values = mammogram(left=left)
    cleaned, found = background.remove_frame(framed(values, sides))
    assert found
    assert (cleaned[4:-4, 4:-4] == values[4:-4, 4:-4]).mean() > 0.99  # the breast stays
    assert max(cleaned[0].max(), cleaned[-1].max()) < 240
    black = np.where(framed(np.zeros_like(values), sides, 3) > 0, 0, values)
    plain, posed = pose(black), pose(framed(values, sides))
    assert (posed.frame_removed, plain.frame_removed) == (True, False)
    assert posed.mirrored is plain.mirrored is left
    assert np.abs(posed.image.astype(int) - plain.image).mean() < 1


@pytest.mark.parametrize("angle", [0.0, 1.5])
@pytest.mark.parametrize("seed", range(3))
def test_bright_tissue_that_touches_the_frame_stays(seed: int, angle: float) -> None:
    """Half of the breast is as bright as the frame, and runs into it at the chest wall."""
    breast_alone = mammogram(seed, 600, 450)
    values = np.where(breast_alone > np.median(breast_alone[breast_alone > 0]), 220, breast_alone).astype(np.float32)
    lines = ndimage.rotate(framed(np.zeros((600, 450)), "tblr", 10), angle, reshape=False, order=0, cval=240)
    frame = lines >= 240
    cleaned, found = background.remove_frame(np.where(frame, 240, values).astype(np.float32))
    assert found
    inside = ~ndimage.binary_dilation(frame, iterations=4)
    assert (cleaned[inside] == values[inside]).mean() > 0.9995
    assert (cleaned[frame] == 0).mean() > 0.98  # also behind bright tissue, where it is not seen


@pytest.mark.parametrize("seed", range(4))
def test_a_bright_breast_is_no_frame(seed: int) -> None:
    bright = np.where(mammogram(seed) > 0, 245, 0).astype(np.float32)
    for values in (mammogram(seed), bright, np.rot90(bright)):
        assert background.remove_frame(values)[1] is False


def test_a_bright_background_is_refused_or_turned() -> None:
    values = mammogram(left=False)
    with pytest.raises(DataError, match=r"its background is bright.*--invert"):
        pose(255 - values)
    turned = pose(255 - values, invert=True)
    assert turned.inverted
    assert np.abs(turned.image.astype(int) - pose(values).image).max() <= 1
    assert not pose(values, invert=True).inverted
    noisy = 255 - values - np.abs(np.random.RandomState(0).randn(*values.shape) * 8).astype(np.float32)
    assert background.is_bright(np.clip(noisy, 0, 255))
    with pytest.raises(DataError, match="inverted or not"):
        pose(framed(np.full((80, 60), 20, np.float32), "tblr", 8), invert=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.full((200, 200), 200.0), "blank page"),
        (np.zeros((200, 200)), "blank page"),
        (np.where(mammogram() > 0, 255.0, 0), "mask"),
        (ndimage.gaussian_filter(np.where(mammogram() > 0, 255.0, 0), 0.5), "mask"),
        (np.full((1, 1), 200.0), "has 1x1 pixels; a quarter of the resolution 64"),
        (mammogram()[:15, :15], "has 15x15 pixels"),
    ],
)
def test_what_is_no_picture_of_a_breast_is_refused(values: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        background.check_picture(values, 64)


def test_tissue_without_background_is_refused() -> None:
    values = 90 + 30 * np.random.RandomState(0).rand(80, 60)
    values[0, 0] = 0
    with pytest.raises(DataError, match="brighter than a background; it has none"):
        pose(values.astype(np.float32))


def test_drawn_mammograms_pass() -> None:
    for seed in range(8):
        background.check_picture(mammogram(seed), 256)
        assert not background.is_bright(mammogram(seed))


@pytest.mark.parametrize("air", [20.0, 40.0, 60.0])
def test_grey_air_is_made_black(air: float) -> None:
    """As a wide sigmoid window leaves it, and film."""
    values = mammogram(1)
    grey = (air + np.random.RandomState(0).uniform(-1, 1, values.shape) + values * (255 - air) / 255).astype(np.float32)
    found, expected = pose(grey).image, pose(values).image
    assert np.abs(found.astype(int) - expected).max() <= 3
    assert found[:, :4].max() <= 3
    assert background.black_air(values, 0.0) is values
    tissue = np.full((40, 30), 90, np.float32)
    assert background.black_air(tissue, 30.0) is tissue  # the border is not so dark: it is no air


def test_markers_are_blacked_out_as_a_dense_dilation_would() -> None:
    """The same pixels as in the plain form, which grows every object over the whole image."""
    values = np.kron(mammogram(), np.ones((6, 6), np.float32))
    values[20:60, 480:530] = 240
    values[680:718, 300:500] = 200  # near the breast
    level = breast.tissue_level(values)
    labels, areas = markers.label_components(values > level)
    labelled = np.isin(labels, np.argsort(areas)[-3:-1])
    radius = max(1, values.shape[0] // 250)
    square = np.ones((2 * radius + 1, 2 * radius + 1))
    near = ndimage.binary_dilation(labels == areas.argmax(), structure=square)
    expected = np.where(ndimage.binary_dilation(labelled, structure=square) & ~near, 0, values)
    cleaned, count = markers.remove_markers(values, level)
    assert count == 2
    assert np.array_equal(cleaned, expected)


def test_a_tall_image_costs_time_in_proportion_to_its_pixels() -> None:
    """Work counted, not timed: a dense square of 2 * (60,000 // 250) + 1 rows would be 231,361 operations a pixel."""
    values = np.zeros((60_000, 40), np.float32)
    values[1000:50_000, :30] = 120
    values[55_000:56_000, 5:15] = 220
    cleaned, count = markers.remove_markers(values, 5.0)
    assert (count, cleaned[55_500, 10], cleaned[2000, 10]) == (1, 0, 120)
