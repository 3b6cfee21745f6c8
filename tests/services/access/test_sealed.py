"""What a browser keeps for us: nobody else can write or read it, nor use it for another purpose."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.access.sealed import Seal
from tests.support.hostile_tokens import altered

SECRET, OTHER = "a-secret-of-the-tests-" + 20 * "1", "a-secret-of-the-tests-" + 20 * "2"
CONTENT = {"name": "Zoë", "numbers": [1, 2], "nested": {"a": None}}


def test_what_is_sealed_is_opened_and_says_nothing_to_others() -> None:
    sealed = Seal([SECRET], "session").sealed(CONTENT)
    assert Seal([SECRET], "session").opened(sealed) == CONTENT
    header, key, *_ = sealed.split(".")
    assert key == ""
    assert "Zo" not in sealed
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "dir", "enc": "A256GCM", "zip": "DEF"}
    assert Seal([SECRET], "session").sealed(CONTENT) != sealed  # another nonce each time


def test_the_encryption_is_aes_gcm_as_another_library_reads_it() -> None:
    sealed = Seal([SECRET], "session").sealed(CONTENT)
    header, _, nonce, text, tag = sealed.split(".")
    key = hmac.digest(SECRET.encode(), b"mammoganesis session", hashlib.sha256)
    raw = [base64.urlsafe_b64decode(part + "==") for part in (nonce, text, tag)]
    deflated = AESGCM(key).decrypt(raw[0], raw[1] + raw[2], header.encode())
    assert json.loads(zlib.decompress(deflated, -15)) == CONTENT


@pytest.mark.parametrize("other", [Seal([OTHER], "session"), Seal([SECRET], "flow")])
def test_another_secret_or_purpose_opens_nothing(other: Seal) -> None:
    assert other.opened(Seal([SECRET], "session").sealed(CONTENT)) is None


def test_an_earlier_secret_still_opens_and_a_new_one_seals() -> None:
    both = Seal([OTHER, SECRET], "session")
    assert both.opened(Seal([SECRET], "session").sealed(CONTENT)) == CONTENT
    assert Seal([OTHER], "session").opened(both.sealed(CONTENT)) == CONTENT


def test_nothing_that_was_altered_is_opened() -> None:
    seal = Seal([SECRET], "session")
    sealed = seal.sealed(CONTENT)
    tried = list(altered(sealed))
    assert len(tried) > 100
    assert [text for text in tried if seal.opened(text) is not None] == []


@pytest.mark.parametrize("text", ["", ".", "....", "a.b.c.d.e", "é", "x" * 10_000, "\0", "eyJhbGciOiJub25lIn0.."])
def test_what_is_no_seal_is_not_opened(text: str) -> None:
    assert Seal([SECRET], "session").opened(text) is None


def test_a_bomb_is_not_unpacked() -> None:
    """Only who has the secret can make one; still no memory is at their will."""
    assert Seal([SECRET], "session").opened(Seal([SECRET], "session").sealed({"a": "0" * 10_000_000})) is None
