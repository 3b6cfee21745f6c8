"""Tokens of strangers whose header is JSON and yet none of a token: each door that reads tokens says so, no more."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from mammoganesis.errors import Unauthenticated
from mammoganesis.json_text import NotJson
from services.access.assertions import heard
from services.access.keys import PublishedKeys
from services.access.sealed import Seal
from services.access.token_headers import header_of
from services.lti.states import state_of
from tests.support.signed_tokens import Signer

SECRET = "s" * 32
ISSUER = Signer.new("one")
HEADERS = [
    "",
    "5",
    "null",
    '"alg"',
    '["alg"]',
    "{",
    '{"alg":[]}',
    '{"alg":NaN}',
    '{"alg":"HS256","kid":{}}',
    '{"alg":"HS256","crit":5}',
    '{"alg":"HS256","crit":[[]]}',
    '{"alg":"RS256","crit":[[]]}',
    '{"alg":"RS256","crit":["b64"],"b64":false}',
    '{"alg":"RS256","typ":[]}',
    '{"alg":"dir","enc":[]}',
    '{"alg":"dir","enc":"A256GCM","zip":[]}',
    "[" * 6000 + "]" * 6000,
    '{"alg":"RS256","x":' + "[" * 3000 + "]" * 3000 + "}",
    '{"alg":"RS256","kid":"\\ud800"}',
]


def _b64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


async def _published() -> Any:
    return {"keys": [ISSUER.published]}


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header[:40])
async def test_a_header_of_another_form_is_refused_by_every_door(header: str) -> None:
    token = f"{_b64(header)}.{_b64('{}')}.{_b64('signature')}"
    with pytest.raises(Unauthenticated):
        heard(token, [SECRET])
    with pytest.raises(Unauthenticated):
        state_of(token, [SECRET])
    with pytest.raises(Unauthenticated):
        await PublishedKeys(_published).claims(token)
    sealed = f"{_b64(header)}..{_b64('a' * 12)}.{_b64('abc')}.{_b64('t' * 16)}"
    assert Seal([SECRET], "session").opened(sealed) is None


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "é.é.é", "\udce9.b.c"], ids=ascii)
def test_what_has_no_header_is_told_so(token: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (whichever reader says it)
        header_of(token)


def test_a_usual_header_is_read_and_unknown_members_of_it_are_nobodys_business() -> None:
    assert header_of(ISSUER.token({"exp": time.time()}))["alg"] == "RS256"
    assert header_of(_b64('{"alg":"RS256","x5t":["a"]}')) == {"alg": "RS256", "x5t": ["a"]}
    with pytest.raises(NotJson, match="crit"):
        header_of(_b64('{"alg":"RS256","crit":["exp"]}'))
