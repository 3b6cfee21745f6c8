"""Tokens signed by an issuer's keys: whose signature is right is heard, and keys are fetched from the issuer alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mammoganesis.errors import Unauthenticated, Unavailable
from services.access.keys import ALGORITHMS, PublishedKeys
from tests.support.hostile_tokens import altered
from tests.support.signed_tokens import Signer, b64, by_secret, unsigned

CLAIMS = {"sub": "ada", "nonce": "é", "roles": ["educator"]}
ONE, TWO, STRANGER = Signer.new("one"), Signer.new("two"), Signer.new("one")
OTHERS = [Signer.new(algorithm, algorithm) for algorithm in ("PS256", "ES256", "EdDSA")]


class Issuer:
    """An issuer's key set, and how often it was asked for it."""

    def __init__(self, *signers: Signer) -> None:
        self.content: Any = {"keys": [signer.published for signer in signers]}
        self.asked = 0
        self.is_away = False
        self.now = 1000.0

    async def fetch(self) -> Any:
        self.asked += 1
        if self.is_away:
            raise Unavailable("away")
        return self.content

    def keys(self) -> PublishedKeys:
        return PublishedKeys(self.fetch, clock=lambda: self.now)


@pytest.mark.parametrize("signer", [ONE, *OTHERS], ids=lambda signer: signer.algorithm)
async def test_what_an_issuer_has_signed_is_heard(signer: Signer) -> None:
    issuer = Issuer(ONE, *OTHERS)
    keys = issuer.keys()
    assert await keys.claims(signer.token(CLAIMS)) == CLAIMS
    assert await keys.claims(signer.token(CLAIMS)) == CLAIMS
    assert issuer.asked == 1


async def test_the_example_of_the_rfc_is_heard() -> None:
    """RFC 7515, appendix A.2: RS256."""
    n = (
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC"
        "gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665"
        "xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp"
        "oQ"
    )
    token = (
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
        "Q.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t"
        "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzD"
        "wusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77"
        "Rw"
    )
    issuer = Issuer()
    issuer.content = {"keys": [{"kty": "RSA", "n": n, "e": "AQAB"}]}
    expected = {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    assert await issuer.keys().claims(token) == expected


def _hostile() -> dict[str, str]:
    pem = ONE.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    token = ONE.token(CLAIMS)
    head, body, signature = token.split(".")
    embedded = STRANGER.token(CLAIMS, kid=None, jwk=STRANGER.published)
    return {
        "none": unsigned(CLAIMS, kid="one"),
        "None": unsigned(CLAIMS, alg="None", kid="one"),
        "no signature": f"{head}.{body}.",
        "no parts": "token",
        "empty": "",
        "two parts": f"{head}.{body}",
        "four parts": f"{token}.{signature}",
        "public key as a secret": by_secret(CLAIMS, pem, kid="one"),
        "its numbers as a secret": by_secret(CLAIMS, str(ONE.published).encode(), kid="one"),
        "another key of this name": STRANGER.token(CLAIMS),
        "unknown key": TWO.token(CLAIMS),
        "embedded key": embedded,
        "key elsewhere": STRANGER.token(CLAIMS, kid=None, jku="http://127.0.0.1:1/keys", x5u="http://127.0.0.1:1/x"),
        "a path as the key's name": STRANGER.token(CLAIMS, kid="../../../../dev/null"),
        "SQL as the key's name": STRANGER.token(CLAIMS, kid="' UNION SELECT 'key'; --"),
        "a number as the key's name": STRANGER.token(CLAIMS, kid=7),
        "a long name": STRANGER.token(CLAIMS, kid="a" * 300),
        "critical": ONE.token(CLAIMS, crit=["exp-and-more"], **{"exp-and-more": 1}),
        "other algorithm than the key's": OTHERS[1].token(CLAIMS, kid="one"),
        "RS256 said, PS256 done": Signer("one", "PS256", ONE.key).token(CLAIMS, alg="RS256"),
        "a list": ONE.token([CLAIMS]),
        "no JSON": f"{head}.{b64(b'not json')}.{signature}",
        "oversized": ONE.token({**CLAIMS, "a": "b" * 20_000}),
        "other claims": f"{head}.{b64(b'{}')}.{signature}",
        "not ASCII": f"{head}.{body}.é",
    }


@pytest.mark.parametrize("kind", list(_hostile()))
async def test_what_it_has_not_signed_is_refused(kind: str) -> None:
    issuer = Issuer(ONE)
    keys = issuer.keys()
    assert await keys.claims(ONE.token(CLAIMS)) == CLAIMS
    with pytest.raises(Unauthenticated, match=r"^token: "):
        await keys.claims(_hostile()[kind])
    assert issuer.asked == 1


async def test_nothing_that_was_altered_is_heard() -> None:
    keys = Issuer(OTHERS[2]).keys()
    token = OTHERS[2].token(CLAIMS)
    heard = 0
    for text in altered(token):
        try:
            heard += await keys.claims(text) == CLAIMS
        except Unauthenticated:
            continue
    assert heard == 0


async def test_a_new_key_is_fetched_once_and_strangers_have_nothing_fetched() -> None:
    issuer = Issuer(ONE)
    keys = issuer.keys()
    await keys.claims(ONE.token(CLAIMS))
    issuer.content = {"keys": [ONE.published, TWO.published]}
    issuer.now += 31
    assert await keys.claims(TWO.token(CLAIMS)) == CLAIMS
    assert await keys.claims(ONE.token(CLAIMS)) == CLAIMS
    assert issuer.asked == 2
    for number in range(50):
        with pytest.raises(Unauthenticated):
            await keys.claims(STRANGER.token(CLAIMS, kid=f"unknown-{number}"))
    assert issuer.asked == 2
    issuer.now += 31
    with pytest.raises(Unauthenticated):
        await keys.claims(STRANGER.token(CLAIMS, kid="unknown"))
    assert issuer.asked == 3


async def test_a_key_that_is_taken_back_is_not_heard_once_keys_are_fetched_again() -> None:
    issuer = Issuer(ONE, TWO)
    keys = issuer.keys()
    await keys.claims(ONE.token(CLAIMS))
    issuer.content = {"keys": [TWO.published]}
    issuer.now += 3601
    with pytest.raises(Unauthenticated):
        await keys.claims(ONE.token(CLAIMS))


async def test_known_keys_last_through_an_outage_of_a_day_and_then_it_is_unavailable() -> None:
    issuer = Issuer(ONE)
    keys = issuer.keys()
    await keys.claims(ONE.token(CLAIMS))
    issuer.is_away = True
    issuer.now += 86_000
    assert await keys.claims(ONE.token(CLAIMS)) == CLAIMS
    issuer.now += 500
    with pytest.raises(Unavailable, match="does not answer"):
        await keys.claims(ONE.token(CLAIMS))
    issuer.is_away = False
    issuer.now += 31
    assert await keys.claims(ONE.token(CLAIMS)) == CLAIMS


async def test_a_new_key_of_a_provider_that_is_away_is_unavailable_and_known_ones_go_on() -> None:
    issuer = Issuer(ONE)
    keys = issuer.keys()
    await keys.claims(ONE.token(CLAIMS))
    issuer.is_away = True
    issuer.now += 31
    with pytest.raises(Unavailable, match="does not answer"):
        await keys.claims(TWO.token(CLAIMS))
    assert await keys.claims(ONE.token(CLAIMS)) == CLAIMS


async def test_a_known_key_does_not_wait_for_a_provider_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.access.keys.RENEWING_SECONDS", 0.01)
    issuer, never = Issuer(ONE), asyncio.Event()
    content = issuer.content

    async def fetch() -> Any:
        if issuer.is_away:
            await never.wait()
        return content

    keys = PublishedKeys(fetch, clock=lambda: issuer.now)
    await keys.claims(ONE.token(CLAIMS))
    issuer.is_away = True
    issuer.now += 3601
    for _ in range(3):
        assert await keys.claims(ONE.token(CLAIMS)) == CLAIMS
    never.set()


@pytest.mark.parametrize("content", [None, [], {}, {"keys": {}}, {"keys": [{}] * 51}, {"keys": "one"}])
async def test_what_is_no_key_set_is_as_none(content: Any) -> None:
    issuer = Issuer()
    issuer.content = content
    with pytest.raises(Unavailable):
        await issuer.keys().claims(ONE.token(CLAIMS))


async def test_weak_secret_and_foreign_keys_of_a_set_are_not_used() -> None:
    weak = Signer.new("weak", bits=1024)
    shared = {"kty": "oct", "kid": "shared", "k": b64(b"a" * 32)}
    encrypting = {**ONE.published, "use": "enc", "kid": "encrypting"}
    issuer = Issuer(TWO)
    issuer.content["keys"] += [weak.published, shared, encrypting, {"kty": "RSA"}, {"kty": "new"}, "text", None]
    keys = issuer.keys()
    assert await keys.claims(TWO.token(CLAIMS)) == CLAIMS
    assert "HS256" not in ALGORITHMS
    for token in (
        weak.token(CLAIMS),
        by_secret(CLAIMS, b"a" * 32, kid="shared"),
        ONE.token(CLAIMS, kid="encrypting"),
    ):
        with pytest.raises(Unauthenticated):
            await keys.claims(token)


async def test_a_key_without_a_name_is_tried() -> None:
    plain = Signer.new(None)
    assert await Issuer(plain, ONE).keys().claims(plain.token(CLAIMS)) == CLAIMS
