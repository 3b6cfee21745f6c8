"""The files of a bundle: the manifest read, every other file listed, and each read once with its size and digest.

`mammoganesis.bundle.manifest` judges the manifest, `mammoganesis.bundle.arrays` what arrays mean. Nothing here can
execute code: JSON and bytes.
"""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

from google.protobuf import json_format

from mammoganesis.bundle.manifest import FORMAT_MAJOR, FORMAT_MINOR, MANIFEST, fault_of
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.errors import BundleError
from mammoganesis.files import Location
from mammoganesis.json_text import NotJson, read_json

MAX_MANIFEST_BYTES = 2**20
MAX_FILE_BYTES = 2**31


def read_manifest(folder: Location) -> tuple[BundleManifest, str]:
    """The manifest, consistent in itself, and the bundle's digest (SHA-256 of manifest.json, hexadecimal)."""
    if not folder.is_dir():
        raise BundleError(folder, "no such folder")
    path = folder / MANIFEST
    data = _read(path, MAX_MANIFEST_BYTES)
    try:
        fields = read_json(data)
        major, minor = fields["format_major"], fields.get("format_minor", 0)
    except NotJson as error:
        raise BundleError(
            path, f"expected a JSON object with the key format_major, which this is not: {error}"
        ) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise BundleError(path, "expected a JSON object with the key format_major, which this is not") from error
    # Before anything else is judged: another major may have other fields.
    if major != FORMAT_MAJOR:
        raise BundleError(path, f"format_major is {major!r:.80}; this version of the software reads {FORMAT_MAJOR}")
    newer = isinstance(minor, int) and minor > FORMAT_MINOR
    try:
        manifest = json_format.Parse(data, BundleManifest(), ignore_unknown_fields=newer)
    except (json_format.ParseError, ValueError) as error:
        raise BundleError(path, f"no BundleManifest: {' '.join(str(error).split())[:200]}") from error
    reason = fault_of(manifest)
    if reason:
        raise BundleError(path, reason)
    return manifest, hashlib.sha256(data).hexdigest()


class BundleFiles:
    """The folder of a bundle with a right manifest, all listed files in their sizes, and no others.

    What a file holds is compared with its digest when it is read.
    """

    def __init__(self, folder: Location) -> None:
        """Raises BundleError: no bundle of this format, a file is missing or too much, or is no plain file."""
        self.folder = folder
        self.manifest, self.digest = read_manifest(folder)
        self._listed = {file.name: file for file in self.manifest.files}
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            _plain_size(entry)
            if entry.name not in self._listed and entry.name != MANIFEST:
                raise BundleError(entry, f"{MANIFEST} does not list this file")
        for file in self.manifest.files:
            self._check_size(file.name)

    def has(self, name: str) -> bool:
        """Whether the manifest lists a file of that name."""
        return name in self._listed

    def read(self, name: str) -> bytes:
        """The content of a listed file, after its size and digest have been compared."""
        self._check_size(name)
        path, file = self.folder / name, self._listed[name]
        data = _read(path, MAX_FILE_BYTES)
        digest = hashlib.sha256(data).hexdigest()
        if digest != file.sha256:
            raise BundleError(path, f"SHA-256 is {digest}; {MANIFEST} says {file.sha256}")
        return data

    def _check_size(self, name: str) -> None:
        path, listed = self.folder / name, self._listed[name].size
        size = _plain_size(path)
        if size != listed:
            raise BundleError(path, f"{size} bytes; {MANIFEST} says {listed}")


def _read(path: Location, limit: int) -> bytes:
    size = _plain_size(path)
    if size > limit:
        raise BundleError(path, f"{size} bytes; allowed: {limit}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(path, f"the file cannot be read: {error.strerror}") from error


def _plain_size(path: Location) -> int:
    """Bytes of a plain file; a link or a folder is none."""
    try:
        # Storage that is reached through fsspec has no links.
        state = path.lstat() if isinstance(path, Path) else path.stat()
    except FileNotFoundError as error:
        raise BundleError(path, "the file is missing") from error
    except OSError as error:
        raise BundleError(path, f"the file cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(state.st_mode):
        raise BundleError(path, "expected plain files only, found a link, a folder or a special file")
    return state.st_size
