"""The files of a bundle: the manifest read, every other file's presence, size and digest, arrays from npz.

`mammoganesis.bundle.manifest` judges the manifest. Nothing here interprets what the arrays mean
(`mammoganesis.bundle.arrays` does), and nothing here can execute code: JSON, and NumPy arrays without pickles.
"""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from google.protobuf import json_format
from numpy import ndarray

from mammoganesis.bundle.manifest import FORMAT_MAJOR, FORMAT_MINOR, MANIFEST, fault_of
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest, File
from mammoganesis.errors import BundleError

MAX_MANIFEST_BYTES = 2**20
MAX_FILE_BYTES = 2**31
MAX_ARRAY_BYTES = 2**30  # of one npz, unpacked


def read_manifest(folder: Path) -> tuple[BundleManifest, str]:
    """The manifest, consistent in itself, and the bundle's digest (SHA-256 of manifest.json, hexadecimal)."""
    if not folder.is_dir():
        raise BundleError(folder, "no such folder")
    path = folder / MANIFEST
    data = _read(path, MAX_MANIFEST_BYTES)
    try:
        fields = json.loads(data)
        major, minor = fields["format_major"], fields.get("format_minor", 0)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BundleError(path, "expected a JSON object with the key format_major, which this is not") from error
    # Before anything else is judged: another major may have other fields.
    if major != FORMAT_MAJOR:
        raise BundleError(path, f"format_major is {major!r}; this version of the services reads {FORMAT_MAJOR}")
    newer = isinstance(minor, int) and minor > FORMAT_MINOR
    try:
        manifest = json_format.Parse(data, BundleManifest(), ignore_unknown_fields=newer)
    except (json_format.ParseError, ValueError, RecursionError) as error:
        raise BundleError(path, f"no BundleManifest: {str(error)[:200]}") from error
    reason = fault_of(manifest)
    if reason:
        raise BundleError(path, reason)
    return manifest, hashlib.sha256(data).hexdigest()


def check_files(folder: Path, manifest: BundleManifest) -> None:
    """Every listed file is there with its size and digest, as a plain file; nothing else is there."""
    listed = {entry.name for entry in manifest.files}
    for entry in sorted(folder.iterdir()):
        if not stat.S_ISREG(entry.lstat().st_mode):
            raise BundleError(entry, "expected plain files only, found a link, a folder or a special file")
        if entry.name not in listed | {MANIFEST}:
            raise BundleError(entry, f"{MANIFEST} does not list this file")
    for file in manifest.files:
        read_file(folder, file)


def read_file(folder: Path, file: File) -> bytes:
    """The content of a listed file, after its size and digest have been compared."""
    path = folder / file.name
    data = _read(path, MAX_FILE_BYTES)
    if len(data) != file.size:
        raise BundleError(path, f"{len(data)} bytes; {MANIFEST} says {file.size}")
    digest = hashlib.sha256(data).hexdigest()
    if digest != file.sha256:
        raise BundleError(path, f"SHA-256 is {digest}; {MANIFEST} says {file.sha256}")
    return data


class Arrays:
    """The arrays of one npz file, each checked when it is taken."""

    def __init__(self, path: Path, data: bytes) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MAX_ARRAY_BYTES:
                raise BundleError(path, f"unpacks to {unpacked} bytes; allowed: {MAX_ARRAY_BYTES}")
            with np.load(io.BytesIO(data), allow_pickle=False) as content:
                self._arrays = {name: np.asarray(content[name]) for name in content.files}
        except BundleError:
            raise
        except Exception as error:  # zipfile and NumPy raise many kinds for a file that is no npz, or holds a pickle
            raise BundleError(path, f"no npz of plain arrays: {str(error)[:200]}") from error

    def floats(self, name: str, shape: Sequence[int | None]) -> ndarray:
        """`name` as a read-only float32 array of this shape (None: any size), all values finite."""
        array = self._take(name, shape)
        if array.dtype not in (np.float32, np.float64):
            raise BundleError(self.path, f"{name} is {array.dtype}; expected float32")
        with np.errstate(over="ignore"):
            array = np.array(array, dtype=np.float32, order="C")
        if not np.isfinite(array).all():
            raise BundleError(self.path, f"{name} holds {np.count_nonzero(~np.isfinite(array))} values not finite")
        array.flags.writeable = False
        return array

    def has(self, name: str) -> bool:
        """Whether the file holds an array of that name."""
        return name in self._arrays

    def text(self, name: str) -> str:
        """`name` as a text: an array without dimensions of NumPy's text type."""
        array = self._take(name, [])
        if array.dtype.kind != "U":
            raise BundleError(self.path, f"{name} is {array.dtype}; expected text")
        return str(array)

    def integers(self, name: str, shape: Sequence[int | None], low: int, high: int) -> ndarray:
        """`name` as a read-only int64 array of this shape with values from `low` to `high`."""
        array = self._take(name, shape)
        if array.dtype.kind not in "iu":
            raise BundleError(self.path, f"{name} is {array.dtype}; expected int64")
        if array.size and not (low <= int(array.min()) and int(array.max()) <= high):
            raise BundleError(self.path, f"{name} goes from {array.min()} to {array.max()}; allowed: {low} to {high}")
        array = array.astype(np.int64)
        array.flags.writeable = False
        return array

    def fail(self, reason: str) -> BundleError:
        """The error to raise about this file."""
        return BundleError(self.path, reason)

    def _take(self, name: str, shape: Sequence[int | None]) -> ndarray:
        if name not in self._arrays:
            raise BundleError(self.path, f"no array {name}; it holds {sorted(self._arrays)}")
        array = self._arrays[name]
        if len(array.shape) != len(shape) or any(
            wanted is not None and wanted != got for wanted, got in zip(shape, array.shape, strict=True)
        ):
            expected = [("any" if size is None else size) for size in shape]
            raise BundleError(self.path, f"{name} has the shape {list(array.shape)}; expected {expected}")
        return array


def read_arrays(folder: Path, files: Mapping[str, File], name: str) -> Arrays:
    """The npz `name` of the bundle."""
    return Arrays(folder / name, read_file(folder, files[name]))


def _read(path: Path, limit: int) -> bytes:
    try:
        mode, size = path.lstat().st_mode, path.lstat().st_size
        if not stat.S_ISREG(mode):
            raise BundleError(path, "expected a plain file, found a link, a folder or a special file")
        if size > limit:
            raise BundleError(path, f"{size} bytes; allowed: {limit}")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BundleError(path, "the file is missing") from error
    except OSError as error:
        raise BundleError(path, f"the file cannot be read: {error.strerror}") from error
