"""What one of our processes says of a principal to another, held against tokens that the standard library writes."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from mammoganesis.errors import Unauthenticated
from services.access.assertions import SECONDS, Word, heard, said
from services.access.principals import Principal, Role

SECRET, OTHER = "s" * 32, "o" * 32
WHO = Principal("https://issuer.example", "a|b ü", frozenset({Role.READER, Role.EDUCATOR}), ("radiology",), "A. Name")


def _part(value: Any) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


def _signed(header: dict[str, Any], claims: dict[str, Any], secret: str = SECRET) -> str:
    """A JWT by RFC 7515, appendix A.1, without a library."""
    text = _part(header) + b"." + _part(claims)
    code = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(code).rstrip(b"=")).decode()


def _claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {"aud": "mammoganesis-edge", "iat": now, "exp": now + 60, "principal": WHO.to_json(), **changed}
    return {name: value for name, value in claims.items() if value is not None}


def test_what_was_said_is_heard_without_the_name() -> None:
    word = heard(said(WHO, SECRET), [SECRET])
    assert (word.principal, word.principal.name, word.host) == (WHO, "", "")


@pytest.mark.parametrize("host", ["ipv4:10.0.0.7", "ipv6:%5B2001:db8::1%5D"])
def test_from_where_is_heard_too(host: str) -> None:
    assert heard(said(WHO, SECRET, host=host), [SECRET]) == Word(WHO, host)


def test_a_token_written_by_hand_is_heard() -> None:
    assert heard(_signed({"alg": "HS256"}, _claims()), [SECRET]) == Word(WHO)


def test_two_secrets_are_valid_while_they_are_changed() -> None:
    assert heard(said(WHO, OTHER), [SECRET, OTHER]) == Word(WHO)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        said(WHO, OTHER),
        said(WHO, SECRET)[:-2],
        said(WHO, SECRET, now=time.time() - SECONDS - 60),
        said(WHO, SECRET, now=time.time() + 3600),
        _part({"alg": "none"}).decode() + "." + _part(_claims()).decode() + ".",
        _signed({"alg": "HS512"}, _claims()),
        _signed({"alg": "HS256"}, _claims(aud="another")),
        _signed({"alg": "HS256"}, _claims(aud=None)),
        _signed({"alg": "HS256"}, _claims(exp=None)),
        _signed({"alg": "HS256"}, _claims(principal=None)),
        _signed({"alg": "HS256"}, _claims(principal={"issuer": "a", "subject": "b", "roles": ["root"]})),
        _signed({"alg": "HS256"}, _claims(principal=[1])),
        _signed({"alg": "HS256"}, _claims(host="somewhere")),
        _signed({"alg": "HS256"}, _claims(host=["ipv4:10.0.0.7"])),
    ],
)
def test_what_is_forged_old_or_about_nobody_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        heard(token, [SECRET])
