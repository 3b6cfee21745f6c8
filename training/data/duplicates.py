"""Images that a set holds more than once: the same pixels, the same DICOM instance, or nearly the same picture.

Nearly the same is a picture that was saved again, scaled, compressed or windowed otherwise. Compared is the texture
inside the breast: the outlines of different breasts are much alike in one pose. On CDD-CESM at 512 (JPEG) and 1024
(PNG) the 45 images that are in both correlate 0.74 to 0.99, the 97,000 other pairs at most 0.60.
"""

from __future__ import annotations

import hashlib

import numpy as np
from scipy import ndimage

SIDE = 32  # pixels
SMOOTH = 2.0  # pixels; standard deviation of the low-pass that is taken off
TISSUE = 8.0  # grey values from here on are breast
NEARLY = 0.73  # correlation of two textures of one picture


def texture(thumbnail: np.ndarray) -> np.ndarray:
    """What is compared: fine structure inside the breast.

    Args:
        thumbnail: [2 * SIDE, 2 * SIDE] uint8 in the canonical pose.

    Returns:
        [SIDE * SIDE] float32 of length 1; zeros where there is no structure.
    """
    small = thumbnail.reshape(SIDE, 2, SIDE, 2).mean((1, 3), dtype=np.float32)
    inside = ndimage.binary_erosion(small > TISSUE, np.ones((3, 3)), border_value=1).astype(np.float32)
    weight = ndimage.gaussian_filter(inside, SMOOTH, mode="constant")
    smooth = ndimage.gaussian_filter(small * inside, SMOOTH, mode="constant") / np.maximum(weight, 1e-3)
    fine = ((small - smooth) * inside).ravel()
    length = float(np.linalg.norm(fine))
    return fine / length if length > 1.0 else np.zeros_like(fine)


class Known:
    """The images seen so far."""

    def __init__(self) -> None:
        self._pixels: dict[bytes, int] = {}
        self._instances: dict[str, int] = {}
        self._textures = np.empty((64, SIDE * SIDE), np.float32)
        self._count = 0

    def find(self, image: np.ndarray, thumbnail: np.ndarray, instance: str = "") -> tuple[int, str] | None:
        """The first image that is the same, and how: `pixels`, `instance` or `texture`; None if there is none.

        Args:
            image: the prepared image.
            thumbnail: see `texture`.
            instance: SOPInstanceUID; empty for none.
        """
        same = self._pixels.get(hashlib.sha256(image.tobytes()).digest())
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

    def add(self, image: np.ndarray, thumbnail: np.ndarray, instance: str = "") -> None:
        """Remember an image; its number is that of the images added before."""
        if self._count == len(self._textures):
            self._textures = np.concatenate([self._textures, np.empty_like(self._textures)])
        self._textures[self._count] = texture(thumbnail)
        self._pixels.setdefault(hashlib.sha256(image.tobytes()).digest(), self._count)
        if instance:
            self._instances.setdefault(instance, self._count)
        self._count += 1
