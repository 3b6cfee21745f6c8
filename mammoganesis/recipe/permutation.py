"""All numbers of a range in an order drawn at random, each of which is known without the others."""

from __future__ import annotations

import numpy as np

_ROUNDS = 6
_WORD = 2**64


class Permutation:
    """A Feistel network over the next even number of bits, walked until it comes back into the range (Black and
    Rogaway 2002, "Ciphers with arbitrary finite domains")."""

    def __init__(self, count: int, random: np.random.Generator) -> None:
        """Of the numbers 0 to `count` - 1, at least one and at most 2^32; `random` draws its keys."""
        self.count = count
        self._half = max(1, ((count - 1).bit_length() + 1) // 2)
        self._mask = 2**self._half - 1
        self._keys = [int(key) for key in random.integers(_WORD, size=_ROUNDS, dtype=np.uint64)]

    def __getitem__(self, place: int) -> int:
        """The number at a place, 0 to count - 1; every number stands at one place."""
        found = self._once(place)
        while found >= self.count:
            found = self._once(found)
        return found

    def _once(self, value: int) -> int:
        left, right = value >> self._half, value & self._mask
        for key in self._keys:
            left, right = right, left ^ (_mixed(right ^ key) & self._mask)
        return left << self._half | right


def _mixed(value: int) -> int:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % _WORD
    value = (value ^ value >> 27) * 0x94D049BB133111EB % _WORD
    return value ^ value >> 31
