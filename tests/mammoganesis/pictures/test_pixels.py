"""Grey levels, checksums and the mark."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from mammoganesis.pictures.pixels import burn_in_mark, pixels_sha256, to_uint8, to_uint16, upper_bits

IMAGE = np.random.RandomState(0).uniform(-1.3, 1.3, (1, 7, 5)).astype(np.float32)
COLOUR = np.random.RandomState(1).uniform(-1.3, 1.3, (3, 4, 6)).astype(np.float32)


@pytest.mark.parametrize(
    ("value", "level"),
    [(-9.0, 0), (-1.0, 0), (-0.999, 0), (-0.99, 1), (0.0, 128), (0.5, 191), (0.99, 254), (1.0, 255), (7.0, 255)],
)
def test_8_bits_are_the_formula_of_the_proto(value, level):
    # round(clamp(x * 127.5 + 127.5, 0, 255)); 127.5 itself rounds to the even 128
    assert to_uint8(np.full((1, 2, 2), value, np.float32)).tolist() == [[level] * 2] * 2


def test_16_bits_are_the_formula_of_the_proto_and_reach_every_level():
    levels = np.arange(65536, dtype=np.float64)
    values = (levels / 65535 * 2 - 1).astype(np.float32)
    np.testing.assert_array_equal(to_uint16(values.reshape(1, 256, 256)).ravel(), levels)
    assert to_uint16(np.array([[[-2.0, -1.0, 1.0, 2.0]]], np.float32)).tolist() == [[0, 0, 65535, 65535]]


def test_conversion_keeps_its_input_and_puts_channels_last():
    before = COLOUR.copy()
    pixels = to_uint8(COLOUR)
    np.testing.assert_array_equal(COLOUR, before)
    assert pixels.shape == (4, 6, 3)
    np.testing.assert_array_equal(pixels[:, :, 2], to_uint8(COLOUR[2:]))


@pytest.mark.parametrize("form", ["uint8", "uint16", "float32"])
def test_digest_of_pixels_is_that_of_a_header_and_the_bytes(form: str) -> None:
    """What files and the registry hold; float32 is what is sent as raw numbers."""
    values = np.arange(12).reshape(3, 4).astype(form)
    expected = hashlib.sha256(f"{form} 3x4\n".encode() + values.tobytes()).hexdigest()
    assert pixels_sha256(values) == expected


def test_digest_of_pixels_depends_on_values_shape_and_type_only():
    pixels = to_uint16(IMAGE)
    digest = pixels_sha256(pixels)
    assert len(digest) == 64
    assert pixels_sha256(np.asfortranarray(pixels)) == digest
    assert pixels_sha256(pixels.astype(">u2")) == digest
    changed = pixels.copy()
    changed[3, 2] ^= 1
    different = [changed, pixels.reshape(5, 7), pixels[:, :, None], pixels.view(np.uint8), pixels.astype(np.int16)]
    assert len({digest, *map(pixels_sha256, different)}) == 6


@pytest.mark.parametrize("level", [0, 100, 160, 255])
def test_mark_can_be_read_on_any_ground(level):
    marked = burn_in_mark(np.full((128, 128), level, np.uint8))
    assert (np.abs(marked.astype(int) - level) > 80).sum() > 150  # strokes of about 26 letters


@pytest.mark.parametrize("shape", [(1, 4, 4), (1, 32, 32), (3, 32, 48), (1, 512, 64)])
def test_mark_fits_every_picture(shape):
    image = np.full(shape, -1, np.float32)
    pixels = to_uint8(image)
    before = pixels.copy()
    marked = burn_in_mark(pixels)
    assert marked.shape == pixels.shape
    assert (marked != pixels).any()
    np.testing.assert_array_equal(pixels, before)
    np.testing.assert_array_equal(burn_in_mark(pixels), marked)  # the same every time


def test_upper_bits_of_16_are_what_8_bits_would_be_to_one_level():
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert upper_bits(levels).dtype == np.uint8
    assert np.abs(upper_bits(levels).astype(int) - np.rint(levels / 257).astype(int)).max() == 1
    np.testing.assert_array_equal(upper_bits(np.arange(256) * np.uint16(257)), np.arange(256))
    eight = to_uint8(IMAGE)
    np.testing.assert_array_equal(upper_bits(eight), eight)
