"""What stands in Redis: keys, and values that show whether they are what was stored. The one home of both.

    key      mammoganesis:1:w:<bundle digest>:<origin key>      w before truncation, little-endian float32
             mammoganesis:1:recipe:<latent id>                  a serialized Recipe (the id binds the bundle digest)
    value    magic "MGLC" | version 1 byte | length 8 bytes | BLAKE2b 16 bytes over key, header and payload | payload

The checksum finds accidents: flipped bytes, truncation, a value under the wrong key. It is no protection against
someone who can write to Redis; what is read is therefore checked again as a request would be.
"""

from __future__ import annotations

import hashlib
import struct

SCHEMA = "mammoganesis:1"

_HEADER = struct.Struct("<4sBQ16s")  # magic, version, length of the payload in bytes, checksum
_MAGIC = b"MGLC"
_VERSION = 1


def w_key(bundle_digest: str, origin_key: str) -> str:
    """Key of an untruncated w."""
    return f"{SCHEMA}:w:{bundle_digest}:{origin_key}"


def recipe_key(latent_id: str) -> str:
    """Key of the recipe behind a latent id."""
    return f"{SCHEMA}:recipe:{latent_id}"


def seal(key: str, payload: bytes) -> bytes:
    """The value that is stored under `key` for `payload`."""
    return _HEADER.pack(_MAGIC, _VERSION, len(payload), _checksum(key, payload)) + payload


def unseal(key: str, value: bytes) -> bytes | None:
    """The payload of a stored value; None when a byte of it is wrong or it belongs to another key."""
    if len(value) < _HEADER.size:
        return None
    magic, version, length, checksum = _HEADER.unpack_from(value)
    payload = value[_HEADER.size :]
    sound = magic == _MAGIC and version == _VERSION and length == len(payload) and checksum == _checksum(key, payload)
    return payload if sound else None


def _checksum(key: str, payload: bytes) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    name = key.encode()
    digest.update(struct.pack("<BQQ", _VERSION, len(name), len(payload)) + name)
    digest.update(payload)
    return digest.digest()
