"""The files of a bundle: the manifest read and judged, every other file's presence, size and digest, arrays from npz.

Nothing here interprets what the arrays mean (`services.bundle` does), and nothing here can execute code: JSON, and
NumPy arrays without pickles.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import stat
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from google.protobuf import json_format
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest, File
from numpy import ndarray

from services.errors import BundleError

MANIFEST = "manifest.json"
FORMAT_MAJOR, FORMAT_MINOR = 1, 0  # of the contract that this reader knows
REQUIRED_FILES = (
    "MODEL_CARD.md",
    "affine.onnx",
    "golden.npz",
    "latent_stats.npz",
    "mapping.onnx",
    "noise_const.npz",
    "synthesis.onnx",
)
OPTIONAL_FILES = ("components.npz", "regions.npz")
MAX_MANIFEST_BYTES = 2**20
MAX_FILE_BYTES = 2**31
MAX_ARRAY_BYTES = 2**30  # of one npz, unpacked

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


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
    reason = _fault_of(manifest)
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


def _fault_of(manifest: BundleManifest) -> str | None:
    """What is wrong in the manifest itself, or None."""
    dims = manifest.dimensions
    sizes = (("z_dim", 1, 8192), ("w_dim", 1, 8192), ("num_ws", 1, 64), ("num_styles", 1, 1_000_000))
    for field, low, high in (*sizes, ("resolution", 4, 4096)):
        if not low <= getattr(dims, field) <= high:
            return f"dimensions.{field} is {getattr(dims, field)}; allowed: {low} to {high}"
    if dims.channels not in (1, 3):
        return f"dimensions.channels is {dims.channels}; allowed: 1 or 3"
    if not _NAME.fullmatch(manifest.name):
        return f"name is {manifest.name[:80]!a}; allowed: lower-case letters, digits and single hyphens"
    if not manifest.version:
        return "version is empty"
    if not manifest.intended_use:
        return "intended_use is empty; expected a sentence or two for users"
    if not _DIGEST.fullmatch(manifest.training_digest):
        return f"training_digest is {manifest.training_digest[:80]!a}; expected 64 hexadecimal digits"
    for field in ("latents", "image"):
        if not 0 < getattr(manifest.golden_tolerance, field) <= 1:
            return f"golden_tolerance.{field} is {getattr(manifest.golden_tolerance, field)}; allowed: above 0 to 1"
    return _fault_of_layers(manifest) or _fault_of_files(manifest) or _fault_of_names(manifest)


def _fault_of_layers(manifest: BundleManifest) -> str | None:
    dims = manifest.dimensions
    total = sum(layer.dim for layer in manifest.style_layers)
    if total != dims.num_styles:
        return f"the dims of style_layers add up to {total}; dimensions.num_styles is {dims.num_styles}"
    for i, layer in enumerate(manifest.style_layers):
        if not layer.dim or layer.ws_index >= dims.num_ws:
            return f"style_layers[{i}] has dim {layer.dim} and ws_index {layer.ws_index}; num_ws is {dims.num_ws}"
    if not manifest.noise_sizes or not all(1 <= size <= dims.resolution for size in manifest.noise_sizes):
        return f"noise_sizes is {list(manifest.noise_sizes)[:40]}; expected sizes from 1 to {dims.resolution}"
    return None


def _fault_of_files(manifest: BundleManifest) -> str | None:
    names = [file.name for file in manifest.files]
    for i, file in enumerate(manifest.files):
        # The form excludes path separators, "..", and hidden files.
        if not _FILE_NAME.fullmatch(file.name) or file.name == MANIFEST:
            return f"files[{i}].name is {file.name[:80]!a}; expected the plain name of another file"
        if not _DIGEST.fullmatch(file.sha256):
            return f"files[{i}].sha256 is {file.sha256[:80]!a}; expected 64 lower-case hexadecimal digits"
    if len(set(names)) != len(names):
        return "files lists a name twice"
    missing = sorted(set(REQUIRED_FILES) - set(names))
    if missing:
        return f"files lacks {', '.join(missing)}"
    unknown = sorted(set(names) - set(REQUIRED_FILES) - set(OPTIONAL_FILES))
    if unknown and manifest.format_minor <= FORMAT_MINOR:
        return f"files lists {', '.join(unknown)}, which no bundle of format {FORMAT_MAJOR}.{FORMAT_MINOR} has"
    if manifest.HasField("regions") != ("regions.npz" in names):
        return "regions and regions.npz go together; only one of them is there"
    return None


def _fault_of_names(manifest: BundleManifest) -> str | None:
    num_ws = manifest.dimensions.num_ws
    for i, named in enumerate(manifest.named_components):
        if not _NAME.fullmatch(named.name):
            return f"named_components[{i}].name is {named.name[:80]!a}; allowed: lower-case letters, digits, hyphens"
        if not named.layer_start < named.layer_end <= num_ws:
            return f"named_components[{i}] is for layers {named.layer_start} to {named.layer_end} of {num_ws}"
    if len({named.name for named in manifest.named_components}) != len(manifest.named_components):
        return "named_components holds a name twice"
    if manifest.HasField("regions"):
        regions = manifest.regions
        names = [name for name in regions.names if name]
        if not 1 <= regions.num_regions <= 255 or not 1 <= regions.grid_size <= manifest.dimensions.resolution:
            return f"regions has {regions.num_regions} regions on a grid of {regions.grid_size}; allowed: 1 to 255"
        if len(regions.names) not in (0, regions.num_regions):
            return (
                f"regions has {len(regions.names)} names for {regions.num_regions} regions; expected one each or none"
            )
        if len(set(names)) != len(names) or not all(_NAME.fullmatch(name) for name in names):
            return f"regions.names is {names[:20]}; expected distinct names of lower-case letters, digits, hyphens"
    return None
