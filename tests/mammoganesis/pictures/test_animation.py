"""Animations, read back with Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.animation import gif
from mammoganesis.pictures.page import MARK


def grey(seed: int, shape: tuple[int, ...] = (40, 32)) -> np.ndarray:
    return np.random.RandomState(seed).randint(0, 256, shape).astype(np.uint8)


def frames(content: bytes, mode: str) -> tuple[Image.Image, list[np.ndarray], list[int]]:
    image = Image.open(io.BytesIO(content))
    parts = [(np.asarray(part.convert(mode)), part.info["duration"]) for part in ImageSequence.Iterator(image)]
    return image, [pixels for pixels, _ in parts], [duration for _, duration in parts]


def test_grey_levels_stay_and_it_runs_forth_and_back() -> None:
    pictures = [grey(0), grey(1), grey(2), grey(2) // 2 * 2]
    image, found, durations = frames(gif(pictures, 130), "L")
    assert (image.format, image.info["loop"], image.info["comment"]) == ("GIF", 0, MARK.encode())
    np.testing.assert_array_equal(found, [pictures[place] for place in (0, 1, 2, 3, 2, 1)])
    assert durations == [130] * 6


def test_one_way_two_pictures_and_rounded_times() -> None:
    pictures = [grey(0), grey(1)]
    for both_ways in (True, False):
        _, found, durations = frames(gif(pictures, 104, both_ways), "L")
        np.testing.assert_array_equal(found, pictures)
        assert durations == [100, 100]


def test_of_16_bits_the_upper_ones_are_shown() -> None:
    deep = [np.full((20, 20), value, np.uint16) for value in (255, 256, 65535)]
    _, found, _ = frames(gif(deep, forth_and_back=False), "L")
    assert [part.max() for part in found] == [0, 1, 255]


def test_colours_come_near() -> None:
    ramp = np.linspace(0, 255, 40).astype(np.uint8)
    coloured = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], np.uint8(40)), axis=2)
    _, found, _ = frames(gif([coloured, coloured[::-1]], forth_and_back=False), "RGB")
    assert np.abs(found[0].astype(int) - coloured).mean() < 12


@pytest.mark.parametrize(
    ("pictures", "milliseconds", "words"),
    [
        ([grey(0)], 100, "pictures: 1"),
        ([], 100, "pictures: 0"),
        ([grey(0), grey(0, (40, 33))], 100, "pictures: '2 shapes'"),
        ([grey(0), grey(1)], 19, "milliseconds: 19"),
        ([grey(0), grey(1)], 5001, "milliseconds: 5001"),
    ],
)
def test_what_cannot_be_an_animation(pictures: list[np.ndarray], milliseconds: int, words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        gif(pictures, milliseconds)
