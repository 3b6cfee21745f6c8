"""Styles that differ between the pixels of one image: pure functions on NumPy arrays.

An image has K sets of styles s_k, its own first, and masks m_k that add up to 1 at every pixel. A masked transfer adds
the sets of the reference within its mask m, and leaves the image's own sets the rest:

    m_k -> (1 - m) m_k,   and further sets r_j with m m_j

In the layers that place the whole breast, which read activations of 4x4 or 8x8, a further set keeps the image's own
styles: one of their pixels is as large as a region, and what changes there changes everywhere. So in these layers all
sets of an image are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

STYLE_SETS = 4
"""K of the networks that are exported: an image's own set and three more."""


_EVERYWHERE = np.ones((1, 1, 1), np.float32)
_EVERYWHERE.flags.writeable = False


@dataclass(frozen=True, eq=False)
class StyleField:
    """The styles of one image."""

    styles: ndarray  # [K, num_styles] float32, K from 1 up
    masks: ndarray  # [K, R, R] float32, 0 to 1, adding up to 1; of one set [1, 1, 1]: it holds everywhere

    @classmethod
    def uniform(cls, styles: ndarray) -> StyleField:
        """The same styles [num_styles] everywhere."""
        return cls(styles[None], _EVERYWHERE)

    @property
    def own(self) -> ndarray:
        """[num_styles] float32: the image's own set, and in the low layers that of all pixels."""
        return self.styles[0]

    @property
    def further(self) -> FurtherSets | None:
        """What there is beside the own set; None for nothing."""
        if len(self.styles) == 1:
            return None
        return FurtherSets(self.styles[1:], self.masks[1:].astype(np.float16))


@dataclass(frozen=True, eq=False)
class FurtherSets:
    """What an image has beside its own set of styles, in the form in which it is kept while it waits: the own set has
    what the masks leave."""

    styles: ndarray  # [K - 1, num_styles] float32
    masks: ndarray  # [K - 1, R, R] float16, 0 to 1, adding up to 1 at most


def together(first: StyleField, second: StyleField) -> tuple[ndarray, ndarray, ndarray]:
    """Two fields over the same masks, for arithmetic that goes set by set.

    Returns:
        masks [K, R, R], and the styles [K, num_styles] of both: K is the number of sets where both have the same masks,
        else the product of the two numbers.
    """
    if first.masks.shape == second.masks.shape and np.array_equal(first.masks, second.masks):
        return first.masks, first.styles, second.styles
    rows, columns = len(first.styles), len(second.styles)
    masks = first.masks[:, None] * second.masks[None]
    return (
        masks.reshape(rows * columns, *masks.shape[2:]),
        np.repeat(first.styles, columns, axis=0),
        np.tile(second.styles, (rows, 1)),
    )


def place(field: StyleField, reference: StyleField, mask: ndarray, kept: ndarray) -> StyleField:
    """The styles of the reference within a mask.

    Args:
        field: of the image that changes.
        reference: of the one that gives its styles.
        mask: [R, R] float32, 0 (the image's own) to 1 (the reference's).
        kept: [num_styles] bool: the low layers, which stay the image's own.

    Returns:
        a new field, of the sets of both.
    """
    masks = [field.masks * (1 - mask), reference.masks * mask]
    return StyleField(
        np.concatenate([field.styles, np.where(kept, field.own, reference.styles)]), np.concatenate(masks)
    )


def padded(own: ndarray, further: FurtherSets, sets: int) -> tuple[ndarray, ndarray]:
    """As a network takes it.

    Args:
        own: [num_styles] float32.
        further: K - 1 sets, `sets` - 1 at most.
        sets: of the network.

    Returns:
        styles [sets, num_styles] and masks [sets, R, R] float32; zeros for sets that are left.
    """
    count = 1 + len(further.styles)
    styles = np.zeros((sets, len(own)), np.float32)
    masks = np.zeros((sets, *further.masks.shape[1:]), np.float32)
    styles[0], styles[1:count], masks[1:count] = own, further.styles, further.masks
    masks[0] = np.clip(1 - masks.sum(axis=0), 0, 1)  # the rounding of float16 may pass 1
    return styles, masks


def shares(values: ndarray, resolution: int, feather: float) -> ndarray:
    """A mask at the size of the image, its edge made soft.

    Args:
        values: [q, q] uint8, 0 (outside) to 255 (inside), of any size; between its pixels it is interpolated.
        resolution: R, pixels.
        feather: standard deviation of the Gaussian that it is convolved with, as a share of the image's width; beyond
            the image its edge is repeated.

    Returns:
        [R, R] float32, 0 to 1.
    """
    across = _blur(resolution, feather * resolution) @ _resized(len(values), resolution)
    return np.clip(across @ (values / 255.0) @ across.T, 0, 1).astype(np.float32)


def masks_of_turns(sets: int, resolution: int) -> ndarray:
    """[sets, R, R] float32: masks that take turns along the diagonal, each fading into the next. For tests of networks:
    every set holds somewhere, alone and beside another."""
    line = np.arange(resolution) / (2 * (resolution - 1))
    place = (line[:, None] + line) * (sets - 1)
    return np.clip(1 - np.abs(place - np.arange(sets)[:, None, None]), 0, 1).astype(np.float32)


def in_turn(styles: ndarray, sets: int) -> ndarray:
    """styles [n, num_styles] -> [n, sets, num_styles]: each row with those after it, the first after the last."""
    return np.stack([np.roll(styles, -k, axis=0) for k in range(sets)], axis=1)


def _resized(size: int, resolution: int) -> ndarray:
    """[R, size]: linear interpolation between the centres of `size` pixels, the outermost ones repeated."""
    place = np.clip((np.arange(resolution) + 0.5) * size / resolution - 0.5, 0, size - 1)
    return np.clip(1 - np.abs(place[:, None] - np.arange(size)), 0, 1)


def _blur(resolution: int, deviation: float) -> ndarray:
    """[R, R]: convolution with a Gaussian, pixels; each row adds up to 1."""
    if deviation < 1e-3:
        return np.eye(resolution)
    reach = np.arange(-resolution, 2 * resolution)
    weights = np.exp(-0.5 * ((reach - np.arange(resolution)[:, None]) / deviation) ** 2)
    rows = weights[:, resolution : 2 * resolution].copy()
    rows[:, 0] += weights[:, :resolution].sum(axis=1)
    rows[:, -1] += weights[:, 2 * resolution :].sum(axis=1)
    return rows / rows.sum(axis=1, keepdims=True)
