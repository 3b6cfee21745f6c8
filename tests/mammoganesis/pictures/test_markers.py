"""Letters beside a breast go, of any size; what a window has cut off from the breast stays."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from mammoganesis.pictures.markers import remove_markers
from tests.support.mammograms import mammogram

HEIGHT, WIDTH, LEVEL = 600, 450, 5.0
BREAST = mammogram(2, HEIGHT, WIDTH)


def lettered(values: np.ndarray, text: str, share: float, grey: int, corner: str) -> np.ndarray:
    """With a text whose letters have a share of the height, in a corner opposite the chest wall."""
    image = Image.fromarray(values)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(round(share * HEIGHT))
    _, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    place = (WIDTH - right - 8, 8 - top if corner == "top" else HEIGHT - bottom - 8)
    draw.text(place, text, fill=grey, font=font)
    return np.asarray(image)


@pytest.mark.parametrize("corner", ["top", "bottom"])
@pytest.mark.parametrize(("share", "grey"), [(0.015, 220), (0.02, 255), (0.03, 110), (0.06, 255)])
@pytest.mark.parametrize("text", ["L MLO", "R CC", "L", "RMLO 12:30"])
def test_letters_go_and_the_breast_stays(text: str, share: float, grey: int, corner: str) -> None:
    values = lettered(BREAST, text, share, grey, corner)
    touched = values != BREAST
    assert not (touched & (BREAST > 0)).any()
    for turned in (slice(None), slice(None, None, -1)):
        cleaned, count = remove_markers(values[:, turned], LEVEL)
        assert count >= 1
        assert cleaned.max(initial=0, where=touched[:, turned]) <= LEVEL
        assert np.array_equal(cleaned[:, turned][BREAST > 0], BREAST[BREAST > 0])


def test_a_line_of_letters_is_one_marker() -> None:
    assert remove_markers(lettered(BREAST, "MLO", 0.03, 255, "top"), LEVEL)[1] == 1


def blob(row: float, column: float, radius: float) -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return (y - row) ** 2 + (x - column) ** 2 < radius**2


REACH = int(np.flatnonzero(BREAST[HEIGHT // 2])[-1])
CUT_OFF = {
    "a nipple": blob(HEIGHT / 2, REACH + 15, 10),
    "a small nipple": blob(0.6 * HEIGHT, REACH, 6),
    "the axilla": (np.mgrid[:HEIGHT, :WIDTH][0] < 22) & (np.mgrid[:HEIGHT, :WIDTH][1] < 60),
    "bits of the skin line": ndimage.binary_dilation(BREAST > 0, iterations=7)
    & ~ndimage.binary_dilation(BREAST > 0, iterations=4)
    & (np.mgrid[:HEIGHT, :WIDTH][0] % 9 < 3),
}


@pytest.mark.parametrize("what", CUT_OFF)
@pytest.mark.parametrize("turned", [slice(None), slice(None, None, -1)], ids=["left", "right"])
def test_what_a_window_has_cut_off_stays(what: str, turned: slice) -> None:
    values = np.where(CUT_OFF[what] & (BREAST == 0), 150, BREAST).astype(np.float32)
    assert ndimage.label(values > LEVEL, np.ones((3, 3)))[1] > 1
    cleaned, count = remove_markers(values[:, turned], LEVEL)
    assert count == 0
    assert np.array_equal(cleaned, values[:, turned])


@pytest.mark.parametrize("turned", [slice(None), slice(None, None, -1)], ids=["left", "right"])
def test_islands_between_skin_and_chest_wall_stay(turned: slice) -> None:
    """As where a hard window leaves black fat around them."""
    values = np.where(blob(330, 90, 60), 0, BREAST)
    values = np.where(blob(330, 90, 40), 180, values).astype(np.float32)
    cleaned, count = remove_markers(values[:, turned], LEVEL)
    assert count == 0
    assert np.array_equal(cleaned, values[:, turned])


def test_dust_goes_where_it_is_far_from_the_breast() -> None:
    values = BREAST.copy()
    places = np.random.RandomState(0).randint(0, HEIGHT, 60), np.random.RandomState(1).randint(400, WIDTH, 60)
    values[places] = 60
    cleaned, count = remove_markers(values, LEVEL)
    assert count == 0
    assert np.array_equal(cleaned, BREAST)
