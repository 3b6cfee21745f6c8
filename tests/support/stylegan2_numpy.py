"""StyleGAN2 by its definition, in NumPy and float64: an oracle for the services that shares no code with them.

Weights come from tests/data/golden/stylegan2_32.npz, the network that tests/data/tiny_bundle was exported from. Every
convolution modulates and demodulates its weights for the sample at hand, as in the paper; nothing is rearranged.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy import ndarray

from tests.places import GOLDEN

RESOLUTIONS = (4, 8, 16, 32)
FIR = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64.0 * 4  # gain of a 2x upsampling


@cache
def golden() -> dict[str, ndarray]:
    with np.load(GOLDEN, allow_pickle=False) as content:
        return {name: content[name] for name in content.files}


def _layers() -> list[tuple[str, int]]:
    """Style layers in order of synthesis with the row of ws that drives each."""
    layers = [("b4.conv1", 0), ("b4.torgb", 1)]
    for k, resolution in enumerate(RESOLUTIONS[1:]):
        layers += [(f"b{resolution}.{name}", 2 * k + 1 + i) for i, name in enumerate(("conv0", "conv1", "torgb"))]
    return layers


LAYERS = _layers()


def weight(name: str) -> ndarray:
    return golden()[f"G/{name}"].astype(np.float64)


def layer_slices() -> list[slice]:
    """Where each layer's style stands in the concatenation."""
    ends = np.cumsum([len(weight(f"synthesis.{name}.affine.bias")) for name, _ in LAYERS])
    return [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def styles_from_ws(ws: ndarray) -> ndarray:
    """ws [8, 96] -> [496]: the affine layers."""
    parts = []
    for name, row in LAYERS:
        matrix = weight(f"synthesis.{name}.affine.weight")
        parts.append(matrix / np.sqrt(matrix.shape[1]) @ ws[row] + weight(f"synthesis.{name}.affine.bias"))
    return np.concatenate(parts)


def const_noise() -> list[ndarray]:
    return [weight(f"synthesis.{name}.noise_const") for name, _ in LAYERS if not name.endswith("torgb")]


def split_noise(flat: ndarray) -> list[ndarray]:
    """The concatenated maps [2704] as one [r, r] per layer."""
    maps, start = [], 0
    for like in const_noise():
        maps.append(flat[start : start + like.size].reshape(like.shape))
        start += like.size
    assert start == flat.size
    return maps


def image_from_styles(styles: ndarray, noise: list[ndarray]) -> tuple[ndarray, ndarray]:
    """styles [496] and one noise map per convolution -> image [1, 32, 32] and the output of b8.conv0 [48, 8, 8]."""
    x, image, features = weight("synthesis.b4.const"), None, None
    maps = iter(noise)
    for (name, _), part in zip(LAYERS, layer_slices(), strict=True):
        if name.endswith("torgb"):
            kernel = weight(f"synthesis.{name}.weight")[:, :, 0, 0] * (styles[part] / np.sqrt(len(styles[part])))
            rgb = np.einsum("oc,chw->ohw", kernel, x) + weight(f"synthesis.{name}.bias")[:, None, None]
            image = rgb if image is None else _upsample(image) + rgb
        else:
            x = _convolution(f"synthesis.{name}", x, styles[part], next(maps), up=name.endswith("conv0"))
            features = x if name == "b8.conv0" else features
    assert image is not None
    assert features is not None
    return image, features


def _convolution(name: str, x: ndarray, style: ndarray, noise: ndarray, up: bool) -> ndarray:
    kernel = weight(f"{name}.weight") * style[None, :, None, None]
    kernel /= np.sqrt((kernel**2).sum(axis=(1, 2, 3), keepdims=True) + 1e-8)
    size = x.shape[1]
    if up:
        y = np.zeros((kernel.shape[0], 2 * size + 1, 2 * size + 1))
        for i in range(3):
            for j in range(3):
                y[:, i : i + 2 * size : 2, j : j + 2 * size : 2] += np.einsum("oc,chw->ohw", kernel[:, :, i, j], x)
        y = _blur(np.pad(y, ((0, 0), (1, 1), (1, 1))))
    else:
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
        y = sum(
            np.einsum("oc,chw->ohw", kernel[:, :, i, j], padded[:, i : i + size, j : j + size])
            for i in range(3)
            for j in range(3)
        )
    y = y + noise * weight(f"{name}.noise_strength") + weight(f"{name}.bias")[:, None, None]
    return np.where(y > 0, y, 0.2 * y) * np.sqrt(2)


def _upsample(image: ndarray) -> ndarray:
    channels, size, _ = image.shape
    spread = np.zeros((channels, 2 * size, 2 * size))
    spread[:, ::2, ::2] = image
    return _blur(np.pad(spread, ((0, 0), (2, 1), (2, 1))))


def _blur(x: ndarray) -> ndarray:
    height, width = x.shape[1] - 3, x.shape[2] - 3
    return sum(FIR[i, j] * x[:, i : i + height, j : j + width] for i in range(4) for j in range(4))
