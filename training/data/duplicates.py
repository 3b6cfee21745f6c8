"""Images that a set holds more than once: the same pixels, the same DICOM instance, or nearly the same picture.

Nearly the same is a picture that was saved again, scaled, compressed or windowed otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mammoganesis.pictures.likeness import NEARLY, SIDE, texture

BLOCK = 256  # images that are compared with all others at once


class Known:
    """The images seen so far."""

    def __init__(self) -> None:
        self._pixels: dict[str, int] = {}
        self._instances: dict[str, int] = {}
        self._textures = np.empty((64, SIDE * SIDE), np.float32)
        self._count = 0

    def find(self, sha256: str, thumbnail: np.ndarray, instance: str = "") -> tuple[int, str] | None:
        """The first image that is the same, and how: `pixels`, `instance` or `texture`; None if there is none.

        Args:
            sha256: of the prepared image.
            thumbnail: see `texture`.
            instance: SOPInstanceUID; empty for none.
        """
        same = self._pixels.get(sha256)
        if same is not None:
            return same, "pixels"
        if instance and instance in self._instances:
            return self._instances[instance], "instance"
        if self._count:
            alike = self._textures[: self._count] @ texture(thumbnail)
            nearest = int(alike.argmax())
            if alike[nearest] >= NEARLY:
                return nearest, "texture"
        return None

    def add(self, sha256: str, thumbnail: np.ndarray, instance: str = "") -> None:
        """Remember an image; its number is that of the images added before."""
        if self._count == len(self._textures):
            self._textures = np.concatenate([self._textures, np.empty_like(self._textures)])
        self._textures[self._count] = texture(thumbnail)
        self._pixels.setdefault(sha256, self._count)
        if instance:
            self._instances.setdefault(instance, self._count)
        self._count += 1

    def matches(self, textures: np.ndarray) -> Iterator[tuple[int, int]]:
        """Which of the images seen are nearly the same as which others: their number, and the row of `textures`.

        Args:
            textures: [N, SIDE * SIDE] float32, see `texture`.
        """
        for start in range(0, self._count if len(textures) else 0, BLOCK):
            alike = self._textures[start : min(start + BLOCK, self._count)] @ textures.T
            for number, place in np.argwhere(alike >= NEARLY):
                yield start + int(number), int(place)
