"""What stands in Redis verifies, and nothing else does."""

from __future__ import annotations

import numpy as np

from services.rendering.cache_values import recipe_key, seal, unseal, w_key

W = np.linspace(-3, 3, 96, dtype=np.float32)


def test_no_flipped_byte_no_cut_and_no_addition_verifies():
    key = w_key("ab" * 32, "seed:7")
    value = seal(key, W.tobytes())
    assert unseal(key, value) == W.tobytes()
    for position in range(len(value)):
        for flip in (0x01, 0x80, 0xFF):
            spoilt = bytearray(value)
            spoilt[position] ^= flip
            assert unseal(key, bytes(spoilt)) is None, position
    for length in range(len(value)):
        assert unseal(key, value[:length]) is None, length
    assert unseal(key, value + b"\0") is None
    assert unseal(recipe_key("lat_" + "0" * 32), value) is None
