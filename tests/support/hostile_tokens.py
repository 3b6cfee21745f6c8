"""Signed or sealed texts as those write them who have no key."""

from __future__ import annotations

from collections.abc import Iterator

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def altered(text: str) -> Iterator[str]:
    """The text with one letter changed, in every place; the last of a part by a bit that counts."""
    for at, letter in enumerate(text):
        if letter != ".":
            other = LETTERS[(LETTERS.index(letter) + 32) % 64]
            yield text[:at] + other + text[at + 1 :]
