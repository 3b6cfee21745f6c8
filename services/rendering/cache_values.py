"""What stands in Redis: keys, and values that only who holds the edge's secret can make. The one home of both.

    key      mammoganesis:2:w:<bundle digest>:<origin key>      w before truncation, little-endian float32
             mammoganesis:2:recipe:<latent id>                  a serialized Recipe (the id binds the bundle digest)
    value    magic "MGLC" | version 1 byte | length 8 bytes | keyed BLAKE2b 32 bytes, over key and all else | payload

A value under another key, of another bundle, of another secret, of another format, or with any bit flipped does not
verify, whoever wrote it. What stood under the same key before does, and is the same value: a key names all that its
value follows from.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass, field

SCHEMA = "mammoganesis:2"
USER = "mammoganesis"
"""Redis's user of the cache."""
QUOTAS = "mammoganesis:quota"
"""Before the keys of quotas' counts (`services.edge.quota_counts`)."""
_COUNTING = "+get +incrby +expire +evalsha +script|load +zadd +zrem +zrange +zremrangebyscore +pexpire +time"
ACCESS = f"resetkeys ~{SCHEMA}:* ~{QUOTAS}:* resetchannels -@all +ping +getrange +set {_COUNTING}"
"""What that user may do, as Redis's ACL writes it."""
OVERHEAD = 4 + 1 + 8 + 32
"""Bytes of a value beside its payload."""

_HEADER = struct.Struct("<4sBQ")  # magic, version, length of the payload in bytes
_MAGIC = b"MGLC"
_VERSION = 2
_LABEL = b"mammoganesis latent cache: values in redis, version 2"


def w_key(bundle_digest: str, origin_key: str) -> str:
    """Key of an untruncated w."""
    return f"{SCHEMA}:w:{bundle_digest}:{origin_key}"


def recipe_key(latent_id: str) -> str:
    """Key of the recipe behind a latent id."""
    return f"{SCHEMA}:recipe:{latent_id}"


@dataclass(frozen=True)
class Sealing:
    """Seals values, and opens those that it, or one of the same secret, has sealed."""

    keys: tuple[bytes, ...] = field(repr=False)  # 32 bytes each; the first one seals

    @classmethod
    def of(cls, *shared: str) -> Sealing:
        """By keys that follow from the edge's secrets and serve nothing else; without one by a key that this process
        draws for itself, so that it takes nothing that another process has stored."""
        keys = (hmac.digest(secret.encode(), _LABEL, "sha256") for secret in shared)
        return cls(tuple(keys) or (secrets.token_bytes(32),))

    def seal(self, key: str, payload: bytes) -> bytes:
        """The value that is stored under `key` for `payload`."""
        header = _HEADER.pack(_MAGIC, _VERSION, len(payload))
        return header + _checksum(self.keys[0], key, header, payload) + payload

    def unseal(self, key: str, value: bytes) -> bytes | None:
        """The payload of a stored value; None when none of the keys has sealed it under `key`, or it is not whole."""
        header, checksum, payload = value[: _HEADER.size], value[_HEADER.size : OVERHEAD], value[OVERHEAD:]
        whole = header == _HEADER.pack(_MAGIC, _VERSION, len(payload))
        found = (_checksum(ours, key, header, payload) for ours in self.keys)
        return payload if whole and any(hmac.compare_digest(checksum, wanted) for wanted in found) else None


def _checksum(ours: bytes, key: str, header: bytes, payload: bytes) -> bytes:
    name = key.encode()
    digest = hashlib.blake2b(struct.pack("<Q", len(name)) + name + header, key=ours, digest_size=32)
    digest.update(payload)
    return digest.digest()
