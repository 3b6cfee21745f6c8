"""The details of images, compared wherever they lie and whatever their tone: finds shifted and re-toned copies.

A detail is what lies between two scales of blur, over its own spread in the neighbourhood. Brightness, contrast and any
smooth change of tone go out of it, and two breasts of like shape have nothing in common but the skin line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

SIZE = 128  # images are averaged to at most this height and width
SHIFT = 0.04  # of the size: copies moved by up to this are found
SCALES = (1.0, 4.0)  # pixels at SIZE, standard deviations of the two blurs
NEIGHBOURHOOD = 8.0  # pixels at SIZE, likewise
FAINTEST = 0.5  # grey values: details fainter than that do not count
COARSE = 16  # height and width at which candidates are chosen
CANDIDATES = 16  # images that are compared in detail with one
CHUNK = 16  # images at once
DECIMALS = 5  # of a correlation in float32

Groups = NDArray[np.int64]


@dataclass(frozen=True)
class Details:
    """A set of images, for `nearest`."""

    coarse: NDArray[np.float32]  # [N, COARSE^2 or fewer], mean 0, length 1
    fine: NDArray[np.float32]  # [N, S, S], details


def of_images(grey: NDArray[np.float32]) -> Details:
    """[N, S, S] grey values, 0 to 255, S at most SIZE."""
    unit = grey.shape[-1] / SIZE

    def blurred(images: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
        return gaussian_filter(images, (0, scale * unit, scale * unit), mode="nearest").astype(np.float32)

    band = blurred(grey, SCALES[0]) - blurred(grey, SCALES[1])
    spread = np.sqrt(np.maximum(blurred(np.square(band), NEIGHBOURHOOD), 0.0))
    cells = max(1, grey.shape[-1] // COARSE)
    side = grey.shape[-1] // cells
    coarse = grey[:, : side * cells, : side * cells].reshape(len(grey), side, cells, side, cells).mean(axis=(2, 4))
    return Details(_unit(coarse.reshape(len(grey), -1)), band / (spread + np.float32(FAINTEST)))


def nearest(x: Details, y: Details, forbidden: tuple[Groups, Groups] | None = None) -> tuple[Groups, NDArray]:
    """Index and distance [N] of the image of y whose details are most like those of each of x.

    The distance is sqrt(2 - 2 r), with r the largest correlation over shifts of up to SHIFT: 0 for a copy, 1.4 for
    nothing in common. Only the CANDIDATES that correlate best as a whole are compared; equal `forbidden` groups do not
    count, and where no image is left the distance is infinite.
    """
    index, found = [], []
    margin = max(1, round(x.fine.shape[-1] * SHIFT))
    inner = slice(margin, x.fine.shape[-1] - margin)
    for start in range(0, len(x.fine), CHUNK):
        rows = slice(start, start + CHUNK)
        likeness = x.coarse[rows] @ y.coarse.T
        if forbidden is not None:
            likeness[forbidden[0][rows, None] == forbidden[1][None, :]] = -np.inf
        chosen = np.argsort(-likeness, axis=1, kind="stable")[:, :CANDIDATES]
        correlation = _largest(x.fine[rows], _unit(_flat(y.fine[chosen][..., inner, inner])), margin)
        correlation[np.isneginf(np.take_along_axis(likeness, chosen, axis=1))] = -np.inf
        best = correlation.argmax(axis=1)[:, None]
        index.append(np.take_along_axis(chosen, best, axis=1)[:, 0])
        found.append(np.take_along_axis(correlation, best, axis=1)[:, 0])
    squared = np.maximum(np.round(2 - 2 * np.concatenate(found).astype(np.float64), DECIMALS), 0.0)
    return np.concatenate(index), np.sqrt(squared)


def _largest(images: NDArray[np.float32], templates: NDArray[np.float32], margin: int) -> NDArray[np.float32]:
    """Largest correlation over shifts: [R, S, S] with [R, K, (S - 2 margin)^2] -> [R, K]."""
    size = images.shape[-1] - 2 * margin
    best = np.full(templates.shape[:2], -np.inf, np.float32)
    for row in range(2 * margin + 1):
        for column in range(2 * margin + 1):
            window = _unit(_flat(images[:, row : row + size, column : column + size]))
            best = np.maximum(best, np.matmul(templates, window[:, :, None])[..., 0])
    return best


def _flat(images: NDArray[np.float32]) -> NDArray[np.float32]:
    return images.reshape(*images.shape[:-2], -1)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean 0 and length 1 along the last axis; constant vectors become 0."""
    centred = vectors - vectors.mean(axis=-1, keepdims=True)
    return (centred / np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), 1e-6)).astype(np.float32)
