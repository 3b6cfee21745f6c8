"""Images that a set holds more than once: the same pixels, the same DICOM instance, or nearly the same picture.

Nearly the same is a picture that was saved again, scaled, compressed or windowed otherwise: its texture correlates. Who
may be that is told by codes of 32 bytes (`likeness.code`), and the textures of those few are compared: the findings are
those of all textures compared with all, for a fraction of the work (docs/decisions/0093).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mammoganesis.pictures.likeness import CODE_BITS, NEARLY, SIDE, code, texture

WORDS = CODE_BITS // 64
APART = 100
"""Bits in which the codes of two nearly equal textures may differ. At a correlation of NEARLY a bit differs with a
probability of acos(NEARLY) / pi = 0.24, so 61 on average, deviation 6.8: more than 100 in one pair of 36 million, and
in fewer the more alike they are. Codes of textures without a relation differ in 128, deviation 8."""


class Codes:
    """Codes of textures, in the order in which they were added."""

    def __init__(self) -> None:
        self._words = np.empty((WORDS, 64), np.uint64)
        self._count = 0

    def add(self, texture: NDArray[np.float32]) -> None:
        """Remember one; its number is that of those added before."""
        if self._count == self._words.shape[1]:
            self._words = np.concatenate([self._words, np.empty_like(self._words)], axis=1)
        self._words[:, self._count] = _words(texture)
        self._count += 1

    def near(self, texture: NDArray[np.float32]) -> NDArray[np.int64]:
        """The numbers of those whose code differs in APART bits at most, ascending. [n]"""
        apart = np.zeros(self._count, np.uint16)
        for known, wanted in zip(self._words, _words(texture), strict=True):
            apart += np.bitwise_count(known[: self._count] ^ wanted)
        return np.flatnonzero(apart <= APART)


class Known:
    """The images seen so far."""

    def __init__(self) -> None:
        self._pixels: dict[str, int] = {}
        self._instances: dict[str, int] = {}
        self._textures = np.empty((64, SIDE * SIDE), np.float32)
        self._codes = Codes()
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
        numbers, alike = self._alike(texture(thumbnail))
        return (int(numbers[alike.argmax()]), "texture") if len(numbers) else None

    def add(self, sha256: str, thumbnail: np.ndarray, instance: str = "") -> None:
        """Remember an image; its number is that of the images added before."""
        if self._count == len(self._textures):
            self._textures = np.concatenate([self._textures, np.empty_like(self._textures)])
        seen = texture(thumbnail)
        self._textures[self._count] = seen
        self._codes.add(seen)
        self._pixels.setdefault(sha256, self._count)
        if instance:
            self._instances.setdefault(instance, self._count)
        self._count += 1

    def matches(self, textures: np.ndarray) -> Iterator[tuple[int, int]]:
        """Which of the images seen are nearly the same as which others: their number, and the row of `textures`.

        Args:
            textures: [N, SIDE * SIDE] float32, see `texture`.
        """
        for place, other in enumerate(textures):
            for number in self._alike(other)[0]:
                yield int(number), place

    def _alike(self, texture: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Numbers of the images that are nearly the same, ascending, and how much they are alike. [n], [n]"""
        numbers = self._codes.near(texture)
        alike = self._textures[numbers] @ texture
        nearly = alike >= NEARLY
        return numbers[nearly], alike[nearly]


def _words(texture: NDArray[np.float32]) -> NDArray[np.uint64]:
    """[WORDS]"""
    return np.frombuffer(code(texture), np.uint64)
