"""What pictures are compared by: of many at once as of each alone, and of a picture what its definition says."""

import numpy as np
from scipy import ndimage

from mammoganesis.pictures import likeness


def _thumbnails(count: int) -> np.ndarray:
    """[count, 64, 64] uint8: blobs of tissue, one of them empty."""
    random = np.random.RandomState(7)
    soft = ndimage.gaussian_filter(random.randn(count, 64, 64), (0, 3, 3))
    thumbnails = np.clip(soft / soft.std() * 60 + 60 + 20 * random.randn(count, 64, 64), 0, 255).astype(np.uint8)
    thumbnails[1] = 0
    return thumbnails


def test_many_at_once_are_as_each_alone() -> None:
    thumbnails = _thumbnails(9)
    textures = likeness.texture(thumbnails)
    alone = np.stack([likeness.texture(each) for each in thumbnails])
    assert textures.shape == (9, 32 * 32)
    assert textures.dtype == np.float32
    np.testing.assert_allclose(textures, alone, atol=1e-6)
    assert likeness.codes(textures) == [likeness.code(each) for each in textures]
    assert not textures[1].any()
    np.testing.assert_allclose(np.linalg.norm(np.delete(textures, 1, axis=0), axis=1), 1, rtol=1e-5)


def test_a_texture_is_what_a_low_pass_inside_the_breast_leaves() -> None:
    """Against the definition, written out in float64 with a mean of squares."""
    thumbnail = _thumbnails(2)[0]
    small = thumbnail.astype(np.float64).reshape(32, 2, 32, 2).mean((1, 3))
    padded = np.pad(small > 8, 1, constant_values=True)
    inside = np.min([padded[y : y + 32, x : x + 32] for y in range(3) for x in range(3)], axis=0).astype(np.float64)
    kernel = np.exp(-0.5 * (np.arange(-8, 9) / 2.0) ** 2)
    kernel /= kernel.sum()

    def low_pass(values: np.ndarray) -> np.ndarray:
        rows = np.apply_along_axis(np.convolve, 0, values, kernel, mode="same")
        return np.apply_along_axis(np.convolve, 1, rows, kernel, mode="same")

    fine = (small - low_pass(small * inside) / np.maximum(low_pass(inside), 1e-3)) * inside
    np.testing.assert_allclose(likeness.texture(thumbnail), (fine / np.linalg.norm(fine)).ravel(), atol=1e-5)
