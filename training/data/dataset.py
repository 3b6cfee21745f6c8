"""A prepared training set as batches, in an order that depends on the seed and the position only."""

from __future__ import annotations

import bisect
import json
from pathlib import Path

import numpy as np

from training.data.prepare import FORMAT_VERSION
from training.errors import DataError


class Dataset:
    """Images of one split, memory-mapped.

    The n-th image shown is a function of the seed and n: epoch n // len shows every image once, in an order drawn
    from (seed, epoch). A resume needs nothing but the number of images shown.
    """

    def __init__(self, folder: Path, split: str = "train") -> None:
        self.folder = folder
        index = _read_index(folder)
        self.resolution: int = index["resolution"]
        self.channels: int = index["channels"]
        self._shards = [_open_shard(folder / s["file"], s, self.shape) for s in index["shards"]]
        self._starts = np.cumsum([0, *(len(s) for s in self._shards)]).tolist()
        if self._starts[-1] != len(index["images"]):
            raise DataError(
                f"{folder}: index.json lists {len(index['images'])} images, the shards hold {self._starts[-1]}"
            )
        self._rows = [i for i, row in enumerate(index["images"]) if row["split"] == split]
        if not self._rows:
            raise DataError(f"{folder}: has no image in the split {split!r}")
        self._order: tuple[tuple[int, int], np.ndarray] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """[C, H, W] of one image."""
        return self.channels, self.resolution, self.resolution

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, item: int) -> np.ndarray:
        """uint8 [C, H, W]; -1 in the network's range is 0 here, 1 is 255."""
        row = self._rows[item]
        shard = bisect.bisect_right(self._starts, row) - 1
        return self._shards[shard][row - self._starts[shard]]

    def _permutation(self, seed: int, epoch: int) -> np.ndarray:
        if self._order is None or self._order[0] != (seed, epoch):
            self._order = (seed, epoch), np.random.default_rng((seed, epoch)).permutation(len(self))
        return self._order[1]

    def batch(self, position: int, size: int, seed: int) -> np.ndarray:
        """The images shown as number position, ..., position + size - 1. uint8 [size, C, H, W]."""
        items = [divmod(n, len(self)) for n in range(position, position + size)]
        return np.stack([self[int(self._permutation(seed, epoch)[offset])] for epoch, offset in items])


def _read_index(folder: Path) -> dict:
    path = folder / "index.json"
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{folder}: is no training set (no index.json); make one with `prepare`") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error})") from error
    if not isinstance(index, dict) or index.get("format_version") != FORMAT_VERSION:
        found = index.get("format_version") if isinstance(index, dict) else None
        raise DataError(f"{path}: format_version is {found}; this program reads {FORMAT_VERSION}")
    return index


def _open_shard(path: Path, entry: dict, shape: tuple[int, int, int]) -> np.ndarray:
    try:
        shard = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error})") from error
    expected = (entry["images"], *shape)
    if shard.dtype != np.uint8 or shard.shape != expected:
        raise DataError(f"{path}: holds {shard.dtype} {shard.shape}; uint8 {expected} is needed")
    return shard
