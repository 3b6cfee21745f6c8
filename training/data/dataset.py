"""A prepared training set as batches, in an order that depends on the seed and the position only."""

from __future__ import annotations

import bisect
import functools
import hashlib
from pathlib import Path

import numpy as np

from mammoganesis.editing.labels import Counts, LabelMixture, c_of_images
from mammoganesis.errors import ConfigurationError, DataError, InvalidArgument
from mammoganesis.pictures.pixels import upper_bits
from training.data import labels
from training.data.index import digest_of, facts_of, read_index

WITHHELD = 0x6C6162656C  # sets the draws of withheld labels apart from those of the order


class Dataset:
    """Images of one split, memory-mapped.

    The n-th image shown is a function of the seed and n: epoch n // len shows every image once, in an order drawn
    from (seed, epoch). A resume needs nothing but the number of images shown.
    """

    def __init__(
        self,
        folder: Path,
        split: str = "train",
        label_fields: labels.LabelFields = (),
        label_dropout: float = 0.0,
        *,
        verify: bool = True,
    ) -> None:
        """Open a set.

        Args:
            folder: made by `prepare`.
            split: train or test.
            label_fields: the fields that `labels` gives; every value in the set must be one of theirs.
            label_dropout: share, 0 to 1, in which `labels` withholds each field.
            verify: whether shards are held against their digests, once in a process: all of the set is read for it.

        Raises:
            DataError: the set is damaged, was changed or leaks (see `read_index`), has no image in the split, or lacks
                one of the fields or values.
        """
        self.folder = folder
        index = read_index(folder)
        self.resolution: int = index["resolution"]
        self.channels: int = index["channels"]
        dtype = np.dtype("<u2" if index.get("bits") == 16 else "u1")  # sets without a statement have 8 bits
        self._shards = [_open_shard(folder / s["file"], s, self.shape, dtype, verify) for s in index["shards"]]
        self._starts = np.cumsum([0, *(len(s) for s in self._shards)]).tolist()
        self._rows = [i for i, row in enumerate(index["images"]) if row["split"] == split]
        if not self._rows:
            raise DataError(f"{folder}: has no image in the split {split!r}")
        self._order: tuple[tuple[int, int], np.ndarray] | None = None
        self.label_fields = _label_fields(index, folder)  # all that the set has
        self._labels = _label_vectors(index, [index["images"][row] for row in self._rows], label_fields, folder)
        self._widths = [len(values) for _, values in label_fields]
        self._dropout = label_dropout
        self.digest = digest_of(index)
        self.facts = facts_of(index)

    @property
    def shape(self) -> tuple[int, int, int]:
        """[C, H, W] of one image."""
        return self.channels, self.resolution, self.resolution

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, item: int) -> np.ndarray:
        """uint8 [C, H, W], of 16 bits the upper ones; -1 in the network's range is 0 here, 1 is 255."""
        return upper_bits(self._stored(item))

    def _stored(self, item: int) -> np.ndarray:
        """uint8 or uint16 [C, H, W]."""
        row = self._rows[item]
        shard = bisect.bisect_right(self._starts, row) - 1
        return self._shards[shard][row - self._starts[shard]]

    def _permutation(self, seed: int, epoch: int) -> np.ndarray:
        order = self._order  # read once: the thread that reads ahead may be another one
        if order is None or order[0] != (seed, epoch):
            order = (seed, epoch), np.random.default_rng((seed, epoch)).permutation(len(self))
            self._order = order
        return order[1]

    def batch(self, position: int, size: int, seed: int) -> np.ndarray:
        """The images shown as number position, ..., position + size - 1.

        Returns:
            [size, C, H, W] from 0 to 255: uint8; of 16 bits float32, because accelerators do not compute with uint16.
        """
        images = np.stack([self._stored(item) for item in self._items(position, size, seed)])
        return images if images.dtype == np.uint8 else images.astype(np.float32) / np.float32(257)

    def labels(self, position: int, size: int, seed: int) -> np.ndarray:
        """The labels of the images that `batch` gives, some of them withheld. float32 [size, c_dim].

        Which fields of the n-th image are withheld is a function of the seed and n, like the image itself.
        """
        given = self._labels[self._items(position, size, seed)]
        if not self._dropout or not self._widths:
            return given
        draws = [
            np.random.default_rng((seed, n, WITHHELD)).random(len(self._widths))
            for n in range(position, position + size)
        ]
        return given * np.repeat(np.array(draws) >= self._dropout, self._widths, axis=1).astype(np.float32)

    def _items(self, position: int, size: int, seed: int) -> list[int]:
        shown = (divmod(n, len(self)) for n in range(position, position + size))
        return [int(self._permutation(seed, epoch)[offset]) for epoch, offset in shown]


def label_counts_of(folder: Path, fields: labels.LabelFields) -> Counts:
    """How many training images of a set have which of the labels, without opening them.

    Raises:
        DataError: it is no training set.
    """
    rows = [row.get("labels", {}) for row in read_index(folder)["images"] if row["split"] == "train"]
    return LabelMixture.of_images(rows, dict(fields)).counts


def label_fields_of(folder: Path) -> labels.LabelFields:
    """The labels that a set has, without opening its images.

    Raises:
        DataError: it is no training set.
    """
    return _label_fields(read_index(folder), folder)


def _label_fields(index: dict, folder: Path) -> labels.LabelFields:
    try:
        return labels.checked([(field["name"], field["values"]) for field in index.get("label_fields", [])])
    except (ConfigurationError, KeyError, TypeError) as error:
        raise DataError(f"{folder / 'index.json'}: label_fields cannot be read ({error})") from error


def _label_vectors(index: dict, rows: list[dict], wanted: labels.LabelFields, folder: Path) -> np.ndarray:
    known = [field["name"] for field in index.get("label_fields", [])]
    missing = [name for name, _ in wanted if name not in known]
    if missing:
        raise DataError(f"{folder}: has no label {missing[0]!r}; it has {', '.join(known) or 'none'}")
    try:
        return c_of_images((row.get("labels", {}) for row in rows), dict(wanted))
    except InvalidArgument as error:
        raise DataError(f"{folder}: {error}") from error


def _open_shard(path: Path, entry: dict, shape: tuple[int, int, int], dtype: np.dtype, verify: bool) -> np.ndarray:
    try:
        digest = _digest_of_file(path) if verify else entry["sha256"]
        shard = np.lib.format.open_memmap(path, mode="r")  # an array alone, and none of Python's objects
    except Exception as error:  # a damaged header makes NumPy raise any kind
        raise DataError(f"{path}: cannot be read ({error})") from error
    expected = (entry["images"], *shape)
    if shard.dtype != dtype or shard.shape != expected:
        raise DataError(f"{path}: holds {shard.dtype} {shard.shape}; {dtype.name} {expected} is needed")
    if digest != entry["sha256"]:
        raise DataError(f"{path}: its SHA-256 is {digest[:12]}..., not that of index.json; prepare the set again")
    return shard


def _digest_of_file(path: Path) -> str:
    """SHA-256 of a file's content, read once as long as size and time of its last change stay."""
    found = path.stat()
    return _digest_of_state(path.resolve(), found.st_ino, found.st_size, found.st_mtime_ns)


@functools.lru_cache(maxsize=4096)
def _digest_of_state(path: Path, inode: int, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
