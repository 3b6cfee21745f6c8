"""Images to measure: drawn breasts, prepared sets of them, and arrays as a source."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.data.index import FORMAT_VERSION

SIZE = 16


def breasts(count: int, seed: int) -> np.ndarray:
    """Half discs of random size, place and grey value, uint8 [count, 1, SIZE, SIZE]."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIZE, :SIZE]
    images = []
    for _ in range(count):
        radius, centre, grey = rng.uniform(5, 9), rng.uniform(6, 10), rng.uniform(80, 180)
        inside = (x - SIZE) ** 2 + (y - centre) ** 2 < radius**2
        images.append(np.where(inside, grey + rng.standard_normal((SIZE, SIZE)) * 15, 0))
    return np.clip(np.stack(images), 0, 255).astype(np.uint8)[:, None]


def prepared(folder: Path, train: int, test: int, seed: int = 1, images: np.ndarray | None = None) -> Path:
    """A prepared set with two images per patient, of the given ones or of drawn ones."""
    folder.mkdir(parents=True)
    images = breasts(train + test, seed) if images is None else images
    np.save(folder / "shard-00000.npy", images)
    rows = [
        {
            "patient": f"patient{i // 2}",
            "side": "",
            "view": "",
            "mirrored": False,
            "markers_removed": 0,
            "split": "train" if i < train else "test",
            "sha256": hashlib.sha256(image.tobytes()).hexdigest(),
        }
        for i, image in enumerate(images)
    ]
    digest = hashlib.sha256((folder / "shard-00000.npy").read_bytes()).hexdigest()
    shard = {"file": "shard-00000.npy", "images": len(rows), "sha256": digest}
    index = {"format_version": FORMAT_VERSION, "resolution": images.shape[-1], "channels": 1, "test_fraction": 0.2}
    index |= {"shards": [shard], "images": rows, "skipped": 0}
    (folder / "index.json").write_text(json.dumps(index))
    return folder


class Fixed:
    """Given images as a source."""

    def __init__(self, images: np.ndarray) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def batches(self) -> Iterator[np.ndarray]:
        yield self.images
