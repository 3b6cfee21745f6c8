"""The visible mark: where it stands in the pixels, that it is found, and what a marked file says."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mammoganesis.pictures import png as images
from mammoganesis.pictures.pixels import (
    MARK_FROM,
    burn_in_mark,
    found_mark,
    has_mark,
    mark_place,
    pixels_sha256,
    to_uint8,
    to_uint16,
)
from mammoganesis.v1.images_pb2 import ImageFormat
from tests.support.written_pngs import MARKED, RECIPE, encode


def breast(height: int = 256, width: int = 256, left: bool = True) -> np.ndarray:
    """A bright half disc at one side of a dark, slightly noisy picture, [1, H, W] float32."""
    y, x = np.mgrid[:height, :width]
    x = x if left else width - 1 - x
    inside = (x / (0.6 * width)) ** 2 + ((y - height / 2) / (0.45 * height)) ** 2 < 1
    noise = np.random.RandomState(0).uniform(0, 0.02, (height, width))
    return np.where(inside, 0.5, -0.98 + noise)[None].astype(np.float32)


@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("encoding", ["IMAGE_ENCODING_PNG_8", "IMAGE_ENCODING_PNG_16"])
def test_mark_is_outside_the_breast_and_visible(left, encoding):
    image = breast(left=left)
    plain = images.read_png(encode(image, ImageFormat(encoding=encoding))).pixels
    marked = images.read_png(encode(image, ImageFormat(encoding=encoding, burn_in_mark=True))).pixels
    changed = marked != plain
    assert not (changed & (image[0] > 0)).any()
    top = np.iinfo(plain.dtype).max
    assert (marked[changed] > 0.7 * top).sum() > 150  # strokes of about 26 letters
    assert changed.sum() < 0.05 * changed.size
    rows, columns = np.nonzero(changed)
    assert columns.max() - columns.min() > 50
    assert rows.max() - rows.min() > 24  # three lines


@pytest.mark.parametrize("side", [100, 128, 500])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_mark_is_found_in_the_pixels(side, depth):
    top = np.iinfo(depth).max
    for image in (breast(side, side), breast(side, side, left=False), np.full((1, side, side), 0.9, np.float32)):
        pixels = to_uint8(image) if depth == np.uint8 else to_uint16(image)
        for picture in (pixels, np.dstack([pixels] * 3) if depth == np.uint8 else pixels):
            assert has_mark(burn_in_mark(picture))
            assert not has_mark(picture)
    for nothing in (np.zeros((side, side), depth), np.full((side, side), top, depth)):
        assert not has_mark(nothing)
    assert not has_mark(np.random.RandomState(0).randint(0, top, (side, side)).astype(depth))
    assert not has_mark(burn_in_mark(np.zeros((32, 32), depth)))


@pytest.mark.parametrize("scale", [0.5, 0.8, 1.5, 2, 3.7])
@pytest.mark.parametrize("side", [128, 256, 512, 1024])
def test_mark_is_found_after_scaling(side, scale):
    random = np.random.RandomState(1)
    pixels = np.clip(np.linspace(0, 200, side)[None, :] + random.randn(side, side) * 20 - 40, 0, 255).astype(np.uint8)
    for picture in (pixels, pixels[:, : side * 4 // 5], pixels[:, ::-1]):
        size = (round(picture.shape[1] * scale), round(side * scale))
        for marked in (True, False):
            scaled = Image.fromarray(burn_in_mark(picture) if marked else picture.copy()).resize(size)
            assert has_mark(np.asarray(scaled)) == (marked and min(size) >= MARK_FROM)


def test_mark_stands_still_through_a_strip():
    """While the breast grows and the darkest place of the air moves."""
    changed = []
    for size in np.linspace(0.5, 1.5, 5):
        image = breast(left=False)
        y, x = np.mgrid[:256, :256]
        image[0, ((255 - x) / (100 * size)) ** 2 + ((y - 128) / (80 * size)) ** 2 < 1] = 0.5
        image[0, int(40 * size) :, :90] -= np.float32(0.02)  # darker from here on
        plain = to_uint8(image)
        changed.append(burn_in_mark(plain) != plain)
    for frame in changed:
        assert frame[:60, :90].sum() == frame.sum() > 0
        np.testing.assert_array_equal(frame, changed[0])


def test_mark_leaves_a_bright_corner_for_the_next_one():
    def corner(*bright: tuple[int, int]) -> tuple[bool, bool]:
        """Whether the mark is in the lower and in the right half."""
        pixels = np.zeros((256, 256), np.uint8)
        for row, column in bright:
            pixels[row * 128 :, column * 128 :][:128, :128] = 90
        rows, columns = np.nonzero(burn_in_mark(pixels) != pixels)
        return bool(rows.min() >= 128), bool(columns.min() >= 128)

    assert corner((1, 0), (0, 1), (1, 1)) == (False, False)
    assert corner((0, 0)) == corner((0, 0), (0, 1), (1, 1)) == (True, False)
    assert corner((0, 0), (1, 0)) == (False, True)
    assert corner((0, 0), (1, 0), (0, 1)) == (True, True)
    assert corner((0, 0), (1, 0), (0, 1), (1, 1)) == (False, False)


@pytest.mark.parametrize("written_mirrored", [False, True])
@pytest.mark.parametrize("left", [False, True])
def test_mark_is_found_where_it_was_written_either_way_round(left, written_mirrored):
    plain = to_uint8(breast(left=left))
    marked = burn_in_mark(plain, written_mirrored)
    place = mark_place(plain, written_mirrored)
    assert found_mark(marked) == place
    elsewhere = marked != plain
    elsewhere[place.top : place.top + place.height, place.left : place.left + place.width] = False
    assert not elsewhere.any()
    turned = found_mark(marked[:, ::-1])
    assert turned is not None
    assert (turned.mirrored, turned.left) == (not written_mirrored, 256 - place.left - place.width)
    assert has_mark(marked[:, ::-1])
    assert found_mark(plain) is None


def test_marked_files_say_so_and_keep_recipe_and_digest():
    content = images.read_png(encode(breast(), MARKED))
    assert content.image_format == MARKED
    assert content.recipe == RECIPE
    assert content.pixels_sha256 == pixels_sha256(content.pixels)
    assert content.pixels_sha256 != pixels_sha256(to_uint8(breast()))
