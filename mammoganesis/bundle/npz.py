"""Arrays in npz files: read without executing anything, each judged when it is taken; written as equal bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from mammoganesis.errors import BundleError
from mammoganesis.files import Location

MAX_ARRAY_BYTES = 2**30  # of one npz, unpacked


def to_npz(arrays: Mapping[str, Any]) -> bytes:
    """The bytes of an npz file; equal arrays in equal order give equal bytes."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


class Arrays:
    """The arrays of one npz file. Every fault is a BundleError that names the file, what was expected and found."""

    def __init__(self, path: Location, data: bytes) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MAX_ARRAY_BYTES:
                raise self.fail(f"unpacks to {unpacked} bytes; allowed: {MAX_ARRAY_BYTES}")
            with np.load(io.BytesIO(data), allow_pickle=False) as content:
                self._arrays = {name: np.asarray(content[name]) for name in content.files}
        except BundleError:
            raise
        except Exception as error:  # zipfile and NumPy raise many kinds for a file that is no npz, or holds a pickle
            raise self.fail(f"no npz of plain arrays: {str(error)[:200]}") from error

    @classmethod
    def of_file(cls, path: Path) -> Arrays:
        """Of a file that is not, or not yet, in a bundle."""
        try:
            return cls(path, path.read_bytes())
        except OSError as error:
            raise BundleError(path, f"the file cannot be read: {error.strerror}") from error

    def floats(self, name: str, shape: Sequence[int | None], *, half: bool = False) -> ndarray:
        """`name` as a read-only float32 array of this shape (None: any size), all values finite; `half`: kept in
        float16."""
        array = self._take(name, shape)
        if array.dtype not in ((np.float16,) if half else (np.float32, np.float64)):
            raise self.fail(f"{name} is {array.dtype}; expected {'float16' if half else 'float32'}")
        with np.errstate(over="ignore"):
            array = np.array(array, dtype=np.float32, order="C")
        if not np.isfinite(array).all():
            raise self.fail(f"{name} holds {np.count_nonzero(~np.isfinite(array))} values not finite")
        array.flags.writeable = False
        return array

    def number(self, name: str, low: float, high: float) -> float:
        """`name` as one number from `low` to `high`."""
        array = self._take(name, [])
        if array.dtype.kind not in "fiu":
            raise self.fail(f"{name} is {array.dtype}; expected float64")
        if not low <= float(array) <= high:
            raise self.fail(f"{name} is {float(array):g}; allowed: {low:g} to {high:g}")
        return float(array)

    def integers(self, name: str, shape: Sequence[int | None], low: int, high: int) -> ndarray:
        """`name` as a read-only int64 array of this shape with values from `low` to `high`."""
        array = self._take(name, shape)
        if array.dtype.kind not in "iu":
            raise self.fail(f"{name} is {array.dtype}; expected int64")
        if array.size and not (low <= int(array.min()) and int(array.max()) <= high):
            raise self.fail(f"{name} goes from {array.min()} to {array.max()}; allowed: {low} to {high}")
        array = array.astype(np.int64)
        array.flags.writeable = False
        return array

    def text(self, name: str) -> str:
        """`name` as a text: an array without dimensions of NumPy's text type."""
        array = self._take(name, [])
        if array.dtype.kind != "U":
            raise self.fail(f"{name} is {array.dtype}; expected text")
        return str(array)

    def texts(self, name: str, most: int) -> tuple[str, ...]:
        """`name` as up to `most` texts: an array of one dimension of NumPy's text type."""
        array = self._take(name, [None])
        if array.dtype.kind != "U":
            raise self.fail(f"{name} is {array.dtype}; expected text")
        if len(array) > most:
            raise self.fail(f"{name} holds {len(array)} texts; allowed: {most} at most")
        return tuple(map(str, array))

    def has(self, name: str) -> bool:
        """Whether the file holds an array of that name."""
        return name in self._arrays

    def fail(self, reason: str) -> BundleError:
        """The error to raise about this file."""
        return BundleError(self.path, reason)

    def _take(self, name: str, shape: Sequence[int | None]) -> ndarray:
        if name not in self._arrays:
            raise self.fail(f"no array {name}; it holds {sorted(self._arrays)}")
        array = self._arrays[name]
        if len(array.shape) != len(shape) or any(
            wanted is not None and wanted != got for wanted, got in zip(shape, array.shape, strict=True)
        ):
            expected = [("any" if size is None else size) for size in shape]
            raise self.fail(f"{name} has the shape {list(array.shape)}; expected {expected}")
        return array
