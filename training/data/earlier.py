"""An earlier set that is extended: its patients and images stay on their sides of the split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mammoganesis.errors import DataError
from mammoganesis.pictures.breast import THUMBNAIL
from mammoganesis.pictures.likeness import texture
from training.data import pseudonyms
from training.data.dataset import Dataset
from training.data.duplicates import Known
from training.data.index import read_index, sides_of


@dataclass(frozen=True)
class Earlier:
    """What is known of it; nothing where no set is extended."""

    sides: Mapping[str, str] = field(default_factory=dict)  # see `index.sides_of`
    digests: tuple[str, ...] = ()  # SHA-256 of every image whose texture is known
    textures: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))  # [N, T], see `likeness.texture`

    def seen(self, known: Known) -> list[tuple[int, str]]:
        """Which images of a new set it has too, as they are or nearly: number, and SHA-256 of the image here."""
        return [(number, self.digests[place]) for number, place in known.matches(self.textures)]


def open_earlier(folder: Path | None, key: bytes) -> Earlier:
    """The set that is extended.

    Args:
        folder: None for none.
        key: of the pseudonyms of the new one.

    Raises:
        DataError: it is damaged, or its pseudonyms are of another key.
    """
    if folder is None:
        return Earlier()
    index = read_index(folder)
    if index.get("pseudonym_key") != pseudonyms.fingerprint(key):
        raise DataError(
            f"{folder}: its pseudonyms are of another key; --pseudonym-key must be the one that it was made with"
        )
    sides = sides_of(index["images"])
    if index["resolution"] < THUMBNAIL:
        return Earlier(sides)  # its images show no texture
    digests, textures = [], []
    for split in sorted({row["split"] for row in index["images"]}):
        images = Dataset(folder, split)
        digests += [row["sha256"] for row in index["images"] if row["split"] == split]
        textures += [texture(_thumbnail(images[number])) for number in range(len(images))]
    return Earlier(sides, tuple(digests), np.stack(textures))


def _thumbnail(image: np.ndarray) -> np.ndarray:
    """The mean of equal squares: uint8 [1, R, R], R a multiple of THUMBNAIL -> [THUMBNAIL, THUMBNAIL]."""
    side = image.shape[-1] // THUMBNAIL
    means = image[0].reshape(THUMBNAIL, side, THUMBNAIL, side).mean((1, 3))
    return np.round(means).astype(np.uint8)
