"""The shards of a set: arrays that are memory-mapped, written image by image and never held in memory.

SHARD.npy     [n, channels, resolution, resolution] uint8 or uint16, rows in the order of the index

A shard that is being filled is a file of a working folder, with as many images as its journal knows; it moves into the
set when it is full. A process that dies leaves what is whole and one file to go on with.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mammoganesis import disk, files
from mammoganesis.files import Location

SHARD_BYTES = 256 * 2**20
HEADER_BYTES = 128  # of every .npy file of these shapes; it is written when the number of images is known


class Shards:
    """Writes the images of a set."""

    def __init__(self, out: Location, work: Path, shape: tuple[int, int, int], bits: int) -> None:
        """
        Args:
            out: the set's folder.
            work: a folder of this machine, on the disk of `out` where that is of this machine too.
            shape: [C, H, W] of an image.
            bits: 8 or 16.
        """
        self.out = out
        self.shape = shape
        self.dtype = np.dtype("u1" if bits == 8 else "<u2")
        self.written: list[dict[str, Any]] = []  # the full ones, as the index lists them
        self.begun = 0  # images in the one that is being filled
        self.partial = work / "shard.part"
        self._image_bytes = int(np.prod(shape)) * self.dtype.itemsize
        self._per_shard = max(1, SHARD_BYTES // self._image_bytes)
        self._file: BinaryIO | None = None

    @property
    def is_full(self) -> bool:
        """Whether it is time to `end` the one that is being filled."""
        return self.begun >= self._per_shard

    def add(self, image: np.ndarray) -> None:
        """Append one image [C, H, W].

        Raises:
            DiskFull: there is no room.
        """
        with disk.full_disk_named(self.out / self._name(), self._image_bytes):
            if self._file is None:
                self._file = self.partial.open("wb", buffering=0)
                self._file.write(bytes(HEADER_BYTES))
            content = np.ascontiguousarray(image, self.dtype).data.cast("B")
            while content:  # a raw file may take a part only
                content = content[self._file.write(content) :]
        self.begun += 1

    def end(self) -> dict[str, Any]:
        """End the shard that is being filled, which has an image; its line of the index.

        Raises:
            DiskFull: there is no room.
        """
        assert self._file is not None
        with disk.full_disk_named(self.out / self._name(), self._image_bytes):
            self._file.seek(0)
            self._file.write(_header(self.dtype, (self.begun, *self.shape)))
            os.fsync(self._file.fileno())
            self._file.close()
        self._file = None
        with self.partial.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        entry = {"file": self._name(), "images": self.begun, "sha256": digest}
        files.hand_over(self.partial, self.out / self._name())
        self.written.append(entry)
        self.begun = 0
        return entry

    def resume(self, written: list[dict[str, Any]], digests: Iterable[str]) -> int:
        """Go on with what a process has left.

        Args:
            written: the full shards.
            digests: SHA-256 of every image that should stand in the one that was being filled.

        Returns:
            how many of these images are there and whole; what comes after them is cut off.
        """
        self.written = list(written)
        self.begun = 0
        if not self.partial.exists():
            return 0
        self._file = self.partial.open("r+b", buffering=0)
        self._file.seek(HEADER_BYTES)
        for digest in digests:
            if hashlib.sha256(self._file.read(self._image_bytes)).hexdigest() != digest:
                break
            self.begun += 1
        end = HEADER_BYTES + self.begun * self._image_bytes
        self._file.truncate(end)
        self._file.seek(end)
        return self.begun

    def close(self) -> None:
        """Leave the one that is being filled as it is."""
        if self._file is not None:
            self._file.close()

    def remove(self) -> None:
        """Take them away again."""
        self.close()
        for shard in self.written:
            (self.out / shard["file"]).unlink(missing_ok=True)

    def _name(self) -> str:
        return f"shard-{len(self.written):05d}.npy"


def _header(dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": dtype.str, "fortran_order": False, "shape": shape})
    content = header.getvalue()
    if len(content) != HEADER_BYTES:
        raise AssertionError(f"a header of {len(content)} bytes for {shape}; {HEADER_BYTES} are kept for it")
    return content
