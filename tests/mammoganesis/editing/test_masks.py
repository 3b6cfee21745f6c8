"""Fields of styles: what each pixel gets, against its definition."""

import numpy as np
import pytest
from scipy import ndimage

from mammoganesis.editing import masks
from mammoganesis.editing.masks import StyleField

SIZE = 16
KEPT = np.arange(5) < 2


def pixels(field: StyleField) -> np.ndarray:
    """[num_styles, R, R]: the styles at every pixel."""
    whole = np.broadcast_to(field.masks, (len(field.masks), SIZE, SIZE))
    return np.einsum("ks,kyx->syx", field.styles, whole)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(4)


def test_a_transfer_is_seen_in_its_mask_only_and_the_low_layers_stay(random):
    own, other, third = random.normal(size=(3, 5)).astype(np.float32)
    soft, hard = random.random((SIZE, SIZE)).astype(np.float32), np.zeros((SIZE, SIZE), np.float32)
    hard[3:9, 2:7] = 1
    field = masks.place(StyleField.uniform(own), StyleField.uniform(other), soft, KEPT)
    expected = own[:, None, None] + np.where(KEPT, 0, other - own)[:, None, None] * soft
    np.testing.assert_allclose(pixels(field), expected, atol=1e-6)
    both = masks.place(field, StyleField.uniform(third), hard, KEPT)
    within = np.where(KEPT, own, third)[:, None, None]
    np.testing.assert_allclose(pixels(both), np.where(hard > 0, within, expected), atol=1e-6)
    np.testing.assert_allclose(both.masks.sum(axis=0), 1, atol=1e-6)
    # A reference that has several sets itself brings them all.
    nested = masks.place(StyleField.uniform(third), both, soft, KEPT)
    expected = third[:, None, None] + np.where(KEPT[:, None, None], 0, pixels(both) - third[:, None, None]) * soft
    np.testing.assert_allclose(pixels(nested), expected, atol=1e-6)


def test_two_fields_meet_over_common_masks(random):
    own, other, third = random.normal(size=(3, 5)).astype(np.float32)
    first, second = random.random((2, SIZE, SIZE)).astype(np.float32)
    plain = StyleField.uniform(own)
    one = masks.place(plain, StyleField.uniform(other), first, KEPT)
    two = masks.place(plain, StyleField.uniform(third), second, KEPT)
    for left, right, count in ((one, two, 4), (one, plain, 2), (plain, two, 2), (plain, plain, 1), (one, one, 2)):
        common, left_styles, right_styles = masks.together(left, right)
        assert len(common) == len(left_styles) == len(right_styles) == count
        np.testing.assert_allclose(pixels(StyleField(left_styles, common)), pixels(left), atol=1e-6)
        np.testing.assert_allclose(pixels(StyleField(right_styles, common)), pixels(right), atol=1e-6)


def test_what_a_network_takes_has_zeros_for_sets_that_are_left(random):
    own, other, third = random.normal(size=(3, 5)).astype(np.float32)
    field = masks.place(StyleField.uniform(own), StyleField.uniform(other), np.eye(SIZE, dtype=np.float32), KEPT)
    field = masks.place(field, StyleField.uniform(third), random.random((SIZE, SIZE)).astype(np.float32), KEPT)
    assert StyleField.uniform(own).further is None
    assert field.further is not None
    styles, shares = masks.padded(own, field.further, 5)
    assert (styles.shape, shares.shape, styles.dtype, shares.dtype) == ((5, 5), (5, SIZE, SIZE), np.float32, np.float32)
    np.testing.assert_array_equal(styles[:3], field.styles)
    np.testing.assert_allclose(shares[:3], field.masks, atol=1e-3)  # float16 on the way
    np.testing.assert_allclose(shares.sum(axis=0), 1, atol=1e-3)
    assert not styles[3:].any()
    assert not shares[3:].any()


@pytest.mark.parametrize("size", [1, 5, SIZE])
@pytest.mark.parametrize("feather", [0.0, 0.03, 0.25])
def test_a_mask_is_interpolated_and_blurred(random, size, feather):
    values = random.integers(0, 256, (size, size)).astype(np.uint8)
    found = masks.shares(values, SIZE, feather)
    places = (np.arange(SIZE) + 0.5) * size / SIZE - 0.5
    grid = np.meshgrid(places, places, indexing="ij")
    expected = ndimage.map_coordinates(values / 255, grid, order=1, mode="nearest")
    if feather:
        expected = ndimage.gaussian_filter(expected, feather * SIZE, mode="nearest", truncate=20)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-3 if feather else 1e-6)
    for value in (0, 255):
        np.testing.assert_allclose(masks.shares(np.full((size, size), value, np.uint8), SIZE, feather), value / 255)


def test_masks_of_golden_cases_take_turns():
    found = masks.masks_of_turns(4, SIZE)
    np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-6)
    assert found.max(axis=(1, 2)).min() > 0.9
    assert ((found > 0) & (found < 1)).any(axis=(1, 2)).all()
    rows = np.arange(3.0)[:, None]
    np.testing.assert_array_equal(masks.in_turn(rows, 4)[:, :, 0], [[0, 1, 2, 0], [1, 2, 0, 1], [2, 0, 1, 2]])
