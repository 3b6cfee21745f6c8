"""torch's file formats, read into objects whose tensors are `LazyTensor`.

Zip (torch 1.6 and later): NAME/data.pkl and one stored member NAME/data/KEY per storage. Legacy: five pickles in a row,
then the storages. A plain pickle holds each storage as such a legacy file, in bytes.
"""

from __future__ import annotations

import encodings.cp437  # noqa: F401  # of names in zip files; while a file is read nothing can be imported
import io
import struct
import zipfile
from typing import Any

from training.importers.unpickle import (
    NETWORK_NAMES,
    TENSOR_NAMES,
    Call,
    RefusedError,
    Storage,
    StorageType,
    Unpickler,
    item_size,
    shown,
)

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
MAX_MEMBERS = 20_000
MAX_NAME = 200

Names = dict[tuple[str, str], Any]


def load(content: bytes) -> Any:
    """Read a plain pickle, or what torch.save wrote. Raises RefusedError, or what a damaged pickle raises."""
    if content[:4] == b"PK\x03\x04":
        return _load_zip(content)
    if not content:
        raise RefusedError("it is empty")
    if content[:1] != b"\x80":
        raise RefusedError(f"it is neither a pickle nor a torch file; it starts with the bytes {content[:8].hex(' ')}")
    names = {**NETWORK_NAMES, ("torch.storage", "_load_from_bytes"): Call(_storage_from_bytes)}
    first = Unpickler(io.BytesIO(content), names).load()
    return _load_legacy(content, names) if _is(first, LEGACY_MAGIC) else first


def _is(value: Any, expected: int) -> bool:
    return type(value) is int and value == expected


def _storage_from_bytes(content: Any) -> Storage:
    storage = _load_legacy(content, TENSOR_NAMES) if isinstance(content, bytes) else None
    if not isinstance(storage, Storage):
        raise RefusedError("the bytes of a storage hold something else")
    return storage


def _reference(pid: Any) -> tuple[str, str, int]:
    """dtype, key and count of a persistent id: ("storage", class, key, location, count), in legacy files also None."""
    if not isinstance(pid, tuple) or len(pid) not in (5, 6) or pid[0] != "storage" or pid[5:] not in ((), (None,)):
        raise RefusedError("a reference to a storage is damaged")
    kind, key, count = pid[1], pid[2], pid[4]
    if not isinstance(kind, StorageType) or not isinstance(key, str) or type(count) is not int or count < 0:
        raise RefusedError("a reference to a storage is damaged")
    return kind.dtype, key, count


def _load_legacy(content: bytes, names: Names) -> Any:
    file = io.BytesIO(content)
    plain: Names = {}
    magic, protocol, system = (Unpickler(file, plain).load() for _ in range(3))
    if not _is(magic, LEGACY_MAGIC) or not _is(protocol, LEGACY_PROTOCOL) or not isinstance(system, dict):
        raise RefusedError("it is no torch file of a known version")
    if system.get("little_endian") is not True:
        raise RefusedError("its numbers are not little-endian")
    storages: dict[str, Storage] = {}
    counts: dict[str, int] = {}

    def pending(pid: Any) -> Storage:
        dtype, key, counts[key] = _reference(pid)
        return storages.setdefault(key, Storage(dtype))

    result = Unpickler(file, names, pending).load()
    keys = Unpickler(file, plain).load()
    if not isinstance(keys, list) or sorted(keys, key=str) != sorted(storages):
        raise RefusedError("its list of storages is damaged")
    for key in keys:
        header = file.read(8)
        count = struct.unpack("<q", header)[0] if len(header) == 8 else -1
        size = counts[key] * item_size(storages[key].dtype)
        if count != counts[key] or size > len(content):
            raise RefusedError(f"the storage {shown(key)} is damaged or cut off")
        storages[key].data = file.read(size)
        if len(storages[key].data) != size:
            raise RefusedError(f"the storage {shown(key)} is cut off")
    return result


def _load_zip(content: bytes) -> Any:
    members = _members(content)
    roots = [name.removesuffix("data.pkl") for name in members if name.endswith("/data.pkl") and name.count("/") == 1]
    if len(roots) != 1:
        raise RefusedError("it is a zip file, but not one that torch.save wrote (no NAME/data.pkl)")
    root = roots[0]
    if members.get(f"{root}byteorder", b"little") != b"little":
        raise RefusedError("its numbers are not little-endian")
    storages: dict[str, Storage] = {}

    def stored(pid: Any) -> Storage:
        dtype, key, count = _reference(pid)
        if key not in storages:
            data = members.get(f"{root}data/{key}")
            if data is None or len(data) != count * item_size(dtype):
                raise RefusedError(f"the storage {shown(key)} is missing or has another size than stated")
            storages[key] = Storage(dtype, data)
        return storages[key]

    return Unpickler(io.BytesIO(members[f"{root}data.pkl"]), NETWORK_NAMES, stored).load()


def _members(content: bytes) -> dict[str, bytes]:
    """Members by name. torch stores them as they are, so a member that is packed is no network."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_MEMBERS or len({e.filename for e in entries}) != len(entries):
                raise RefusedError("its list of members is damaged")
            for entry in entries:
                if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 or len(entry.filename) > MAX_NAME:
                    raise RefusedError(
                        f"its member {shown(entry.filename)} is packed; torch.save stores members as they are"
                    )
            if sum(e.file_size for e in entries) > len(content):
                raise RefusedError("its members are larger than the file")
            return {e.filename: archive.read(e) for e in entries}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, struct.error) as error:
        raise RefusedError(f"it is a damaged zip file ({error})") from error
