"""Previews by their definition, in NumPy and float64: the skip image of a block and the map that brings it to the whole
image made smaller. Shares no code with the exporter; see "Preview" in docs/bundle.md.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy import ndarray

from tests.support import stylegan2_numpy as reference

CODES, SEED = 64, 2**32 - 2
SIZE = 16  # pixels


def skip_image(styles: ndarray, noise: list[ndarray], last: str = "b16.torgb") -> ndarray:
    """[1, 16, 16]: the sum of the toRGB layers up to and including `last`."""
    x, image, maps = reference.weight("synthesis.b4.const"), None, iter(noise)
    for (name, _), part in zip(reference.LAYERS, reference.layer_slices(), strict=True):
        if name.endswith("torgb"):
            kernel = reference.weight(f"synthesis.{name}.weight")[:, :, 0, 0]
            rgb = np.einsum("oc,chw->ohw", kernel * (styles[part] / np.sqrt(len(styles[part]))), x)
            rgb = rgb + reference.weight(f"synthesis.{name}.bias")[:, None, None]
            image = rgb if image is None else reference._upsample(image) + rgb
        else:
            x = reference._convolution(f"synthesis.{name}", x, styles[part], next(maps), up=name.endswith("conv0"))
        if name == last:
            break
    assert image is not None
    return image


def smaller(image: ndarray) -> ndarray:
    """[..., 32, 32] -> [..., 16, 16]: the mean of every square of pixels."""
    return image.reshape(*image.shape[:-2], SIZE, 2, SIZE, 2).mean(axis=(-3, -1))


def styles_of(z: ndarray, psi: float) -> ndarray:
    """z [96] -> styles [496]."""
    x = z / np.sqrt(np.mean(z**2) + 1e-8)
    for index in range(8):
        matrix, bias = (reference.weight(f"mapping.fc{index}.{part}") for part in ("weight", "bias"))
        x = matrix @ x * (0.01 / np.sqrt(matrix.shape[1])) + bias * 0.01
        x = np.where(x > 0, x, 0.2 * x) * np.sqrt(2)
    w_avg = reference.weight("mapping.w_avg")
    return reference.styles_from_ws(np.repeat((w_avg + psi * (x - w_avg))[None], 8, axis=0))


def neighbours(skip: ndarray) -> ndarray:
    """[1, 16, 16] -> [256, 9]: each pixel's 3x3 surroundings, edges repeated."""
    padded = np.pad(skip[0], 1, mode="edge")
    return np.stack([padded[i : i + SIZE, j : j + SIZE].ravel() for i in range(3) for j in range(3)], axis=1)


@cache
def fitted() -> tuple[ndarray, ndarray]:
    """W [9] and b [256] by dense least squares: 9 columns for W and one for every pixel of b."""
    rows, values = [], []
    for index, z in enumerate(np.random.RandomState(SEED).randn(CODES, 96)):
        styles = styles_of(z, (0.65, 1.0)[index % 2])
        rows.append(np.hstack([neighbours(skip_image(styles, reference.const_noise())), np.eye(SIZE * SIZE)]))
        values.append(smaller(reference.image_from_styles(styles, reference.const_noise())[0]).ravel())
    solution = np.linalg.lstsq(np.concatenate(rows), np.concatenate(values), rcond=None)[0]
    return solution[:9], solution[9:]


def preview(styles: ndarray, noise: list[ndarray]) -> ndarray:
    """[1, 16, 16]."""
    weight, offset = fitted()
    return (neighbours(skip_image(styles, noise)) @ weight + offset).reshape(1, SIZE, SIZE)
