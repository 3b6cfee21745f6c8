"""Signatures of images by the operator's key (Ed25519, RFC 8032): the one door to cryptography.

Signed is what makes an image: recipe, bundle digest and checksum of the pixels, as the file states them. Whoever has
the public key can tell without the model, and without a server, that these three were put together by the holder of the
key; that the pixels are those of the checksum, the file itself shows.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

from mammoganesis.errors import InvalidArgument
from mammoganesis.private_files import warn_of_readers

ALGORITHM = "ed25519"
MAX_KEY_FILE_BYTES = 2**16
_PURPOSE = "mammoganesis image signature 1"


class SignatureState(Enum):
    """What a signature is worth."""

    NONE = "not signed"
    RIGHT = "signed"
    WRONG = "the signature is wrong"
    UNKNOWN_KEY = "signed with a key that is not known here"


@dataclass(frozen=True)
class Signed:
    """What was found of a file's signature."""

    state: SignatureState
    key_id: str = ""  # as the signature names it

    def __str__(self) -> str:
        return f"{self.state.value} ({self.key_id})" if self.key_id else self.state.value


NOT_SIGNED = Signed(SignatureState.NONE)


def statement(recipe: str, bundle_digest: str, pixels_sha256: str) -> bytes:
    """What is signed: JSON with sorted keys and without spaces. `recipe` is its canonical text."""
    said = {"bundle_digest": bundle_digest, "pixels_sha256": pixels_sha256, "purpose": _PURPOSE, "recipe": recipe}
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def key_id(public_key: bytes) -> str:
    """Name of a public key of 32 bytes: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


class Signer:
    """Signs with one private key.

    Args:
        file: PEM, PKCS #8, an Ed25519 key without a password, as `openssl genpkey -algorithm ed25519` writes it.

    Raises:
        InvalidArgument: it is none, or cannot be read.
    """

    def __init__(self, file: Path, field: str = "MAMMOGANESIS_SIGNING_KEY_FILE") -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        allowed = "a PEM file of an Ed25519 key without a password (openssl genpkey -algorithm ed25519)"
        try:
            key = load_pem_private_key(private_key_file_bytes(file, field), password=None)
        except (ValueError, TypeError):  # whatever stands there: nothing of it is shown
            raise InvalidArgument(field, file, allowed) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise InvalidArgument(field, file, allowed)
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()
        self.key_id = key_id(self.public_key)

    def sign(self, recipe: str, bundle_digest: str, pixels_sha256: str) -> str:
        """The signature as files hold it: algorithm, name of the key, base64. The same for the same."""
        return self.sign_statement(statement(recipe, bundle_digest, pixels_sha256))

    def sign_statement(self, said: bytes) -> str:
        """The same of any statement; one that names its purpose is never taken for one of another."""
        return f"{ALGORITHM}:{self.key_id}:{base64.b64encode(self._key.sign(said)).decode()}"


@lru_cache(maxsize=4)  # one for all who sign in a process
def signer_of(file: Path | None, field: str = "MAMMOGANESIS_SIGNING_KEY_FILE") -> Signer | None:
    """The signer with the key of a file; None for no file. Raises as `Signer`."""
    return None if file is None else Signer(file, field)


def public_keys(file: Path, field: str = "MAMMOGANESIS_SIGNING_PUBLIC_KEYS_FILE") -> list[bytes]:
    """Public keys of 32 bytes from a file of one or more PEM blocks, in order: those of before a change of keys.

    Raises:
        InvalidArgument: one is no Ed25519 key, or the file cannot be read.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    allowed = "a file of PEM blocks, each an Ed25519 public key (openssl pkey -pubout)"
    end = b"-----END PUBLIC KEY-----"
    blocks = [block + end for block in key_file_bytes(file, field).split(end)[:-1]]
    if not blocks:
        raise InvalidArgument(field, file, allowed)
    found = []
    for block in blocks:
        try:
            key = load_pem_public_key(block.strip())
        except (ValueError, TypeError):
            raise InvalidArgument(field, file, allowed) from None
        if not isinstance(key, Ed25519PublicKey):
            raise InvalidArgument(field, file, allowed)
        found.append(key.public_bytes_raw())
    return found


def known_keys(signer: Signer | None, file: Path | None) -> list[bytes]:
    """Public keys whose signatures count here: of the key that signs, then of those before, each once. Raises as
    `public_keys`."""
    keys = [] if signer is None else [signer.public_key]
    return list(dict.fromkeys([*keys, *(() if file is None else public_keys(file))]))


def by_id(keys: Sequence[bytes]) -> dict[str, bytes]:
    """Public keys by their names."""
    return {key_id(key): key for key in keys}


def check(text: str, recipe: str, bundle_digest: str, pixels_sha256: str, keys: Mapping[str, bytes]) -> Signed:
    """What a file's signature is worth, by what the file states and by the public keys that are known."""
    return check_statement(text, statement(recipe, bundle_digest, pixels_sha256), keys)


def check_statement(text: str, said: bytes, keys: Mapping[str, bytes]) -> Signed:
    """The same of any statement."""
    if not text:
        return NOT_SIGNED
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    parts = text.split(":")
    if len(parts) != 3 or parts[0] != ALGORITHM:
        return Signed(SignatureState.WRONG)
    name = parts[1] if len(parts[1]) == 16 and parts[1].isalnum() and parts[1].isascii() else ""
    if name not in keys:
        return Signed(SignatureState.UNKNOWN_KEY, name)
    try:
        signature = base64.b64decode(parts[2], validate=True)
        Ed25519PublicKey.from_public_bytes(keys[name]).verify(signature, said)
    except (InvalidSignature, binascii.Error, ValueError):
        return Signed(SignatureState.WRONG, name)
    return Signed(SignatureState.RIGHT, name)


def private_key_file_bytes(file: Path, field: str) -> bytes:
    """`key_file_bytes` of a private key; warns where everybody on the machine can read it. Raises likewise."""
    data = key_file_bytes(file, field)
    warn_of_readers(file, field, "the private key")
    return data


def key_file_bytes(file: Path, field: str) -> bytes:
    """What stands in a file of keys. Raises InvalidArgument when it cannot be read, or is larger than
    MAX_KEY_FILE_BYTES."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise InvalidArgument(field, file, f"a file that can be read ({error.strerror})") from None
    if len(data) > MAX_KEY_FILE_BYTES:
        raise InvalidArgument(field, file, f"at most {MAX_KEY_FILE_BYTES} bytes")
    return data
