"""Which pictures of a study look alike: a real one like a training image, or two like each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mammoganesis.pictures.likeness import texture


def look_alikes(
    thumbnails: Sequence[NDArray[np.uint8]], training: Sequence[NDArray[np.uint8]], threshold: float
) -> dict[int, tuple[str, int]]:
    """Pictures that look like a training image ("training", its number) or an earlier picture ("picture", its number).

    Args:
        thumbnails: of the pictures, in the canonical pose, see `mammoganesis.pictures.likeness.texture`.
        training: of training images, likewise.
        threshold: correlation from which two are alike.
    """
    if not thumbnails:
        return {}
    mine = np.stack([texture(thumbnail) for thumbnail in thumbnails])
    found: dict[int, tuple[str, int]] = {}
    for i, each in enumerate(mine):
        if i and (nearest := int((mine[:i] @ each).argmax())) >= 0 and mine[nearest] @ each >= threshold:
            found[i] = ("picture", nearest)
    if training:
        alike = mine @ np.stack([texture(thumbnail) for thumbnail in training]).T
        found |= {int(i): ("training", int(alike[i].argmax())) for i in np.flatnonzero(alike.max(axis=1) >= threshold)}
    return found
