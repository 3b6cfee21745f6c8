"""What stands in Redis verifies where the same secret has sealed it under the same key, and nothing else does."""

from __future__ import annotations

import hashlib
import struct

import numpy as np
import pytest

from services.rendering.cache_values import OVERHEAD, Sealing, recipe_key, w_key

W = np.linspace(-3, 3, 96, dtype=np.float32)
KEY = w_key("ab" * 32, "seed:7")
SECRET = "a-secret-of-the-tests-0123456789"
SEALING = Sealing.of(SECRET)


def test_no_flipped_byte_no_cut_and_no_addition_verifies():
    value = SEALING.seal(KEY, W.tobytes())
    assert SEALING.unseal(KEY, value) == W.tobytes()
    assert len(value) == OVERHEAD + W.nbytes
    for position in range(len(value)):
        for flip in (0x01, 0x80, 0xFF):
            spoilt = bytearray(value)
            spoilt[position] ^= flip
            assert SEALING.unseal(KEY, bytes(spoilt)) is None, position
    for length in range(len(value)):
        assert SEALING.unseal(KEY, value[:length]) is None, length
    assert SEALING.unseal(KEY, value + b"\0") is None
    assert SEALING.unseal(recipe_key("lat_" + "0" * 32), value) is None


def test_a_value_belongs_to_its_key_its_bundle_and_its_secret():
    value = SEALING.seal(KEY, W.tobytes())
    assert Sealing.of(SECRET).unseal(KEY, value) == W.tobytes()  # another process of the same system
    for key in (w_key("ab" * 32, "seed:8"), w_key("cd" * 32, "seed:7"), w_key("ab" * 32, "seed:70"), ""):
        assert SEALING.unseal(key, value) is None, key
    for other in (SECRET + "0", SECRET[:-1], SECRET.upper(), ""):
        assert Sealing.of(other).unseal(KEY, value) is None, other


def test_while_a_secret_is_changed_what_either_has_sealed_is_opened():
    """The first one seals."""
    other = SECRET[::-1]
    old, both, swapped, new = (
        Sealing.of(SECRET),
        Sealing.of(SECRET, other),
        Sealing.of(other, SECRET),
        Sealing.of(other),
    )
    for one, another in ((old, both), (both, old), (swapped, both), (both, swapped), (swapped, new), (new, swapped)):
        assert another.unseal(KEY, one.seal(KEY, W.tobytes())) == W.tobytes()
    assert new.unseal(KEY, both.seal(KEY, W.tobytes())) is None


def test_without_a_secret_every_process_has_a_key_of_its_own():
    one, other = Sealing.of(), Sealing.of()
    value = one.seal(KEY, W.tobytes())
    assert one.unseal(KEY, value) == W.tobytes()
    assert other.unseal(KEY, value) is None


@pytest.mark.parametrize("known", [b"", SECRET.encode(), b"MGLC"])
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("size", [16, 32])
def test_who_knows_the_form_but_not_the_key_makes_no_value(known: bytes, version: int, size: int):
    """Every plain, or plainly keyed, checksum of what the format holds, those of the first version included."""
    payload, name = W.tobytes(), KEY.encode()
    header = struct.pack("<4sBQ", b"MGLC", version, len(payload))
    for begun in (
        struct.pack("<BQQ", version, len(name), len(payload)) + name,
        struct.pack("<Q", len(name)) + name + header,
        name + header,
    ):
        checksum = hashlib.blake2b(begun + payload, digest_size=size, key=known).digest()
        assert SEALING.unseal(KEY, header + checksum + payload) is None


def test_the_key_is_not_shown():
    (key,) = SEALING.keys
    assert key.hex() not in repr(SEALING)
    assert repr(key) not in repr(SEALING)
