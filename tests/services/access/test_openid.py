"""Answers and ID tokens of a provider that were forged, replayed, mixed up or are too old: they log nobody in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from mammoganesis.errors import Unauthenticated, Unavailable
from services.access.fetching import MAX_BYTES, is_safe, new_client
from services.access.openid import FLOW_SECONDS, Flow, check_id_token, check_logout_token, read_discovery
from services.access.provider import Client, Login, Provider
from tests.support.http_servers import running_app
from tests.support.signed_tokens import Signer, by_secret, unsigned

CLIENT = "studio"
ONE, STRANGER = Signer.new("one"), Signer.new("one")
FLOW = Flow.new(int(time.time()))


@dataclass
class Fake:
    """A provider that gives out what a test wants.

    Attributes:
        claims: changes of the ID token's (None: without it).
        sign: makes the token of the claims.
        user: what userinfo says.
    """

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    sign: Any = ONE.token
    described: dict[str, Any] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=dict)
    tokens: Any = None

    def app(self) -> Starlette:
        async def described(_: Request) -> Response:
            ends = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("authorization", "token", "userinfo")}
            return JSONResponse({"issuer": self.issuer, **ends, "jwks_uri": f"{self.issuer}/keys", **self.described})

        async def keys(_: Request) -> Response:
            return JSONResponse({"keys": [ONE.published]})

        async def token(_: Request) -> Response:
            if isinstance(self.tokens, Response):
                return self.tokens
            return JSONResponse({"id_token": self.sign(self.whole()), "access_token": "a", "token_type": "Bearer"})

        async def user(_: Request) -> Response:
            return JSONResponse(self.user)

        paths = {"/.well-known/openid-configuration": described, "/keys": keys, "/userinfo": user}
        routes = [Route(path, answer) for path, answer in paths.items()]
        return Starlette(routes=[*routes, Route("/token", token, methods=["POST"])])

    def whole(self) -> dict[str, Any]:
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": "ada", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": FLOW.nonce}
        return {key: value for key, value in {**claims, "roles": [], **self.claims}.items() if value is not None}


@pytest.fixture(scope="module")
def served() -> Iterator[Fake]:
    fake = Fake()
    with running_app(fake.app()) as port:
        fake.issuer = f"http://127.0.0.1:{port}"
        yield fake


@pytest.fixture
def fake(served: Fake) -> Fake:
    served.__dict__.update(Fake(served.issuer).__dict__)
    return served


async def login(fake: Fake, issuer: str = "") -> Login:
    provider = Provider(Client(issuer or fake.issuer, CLIENT), new_client())
    try:
        return await provider.redeemed("code", FLOW, "http://127.0.0.1:1/login/callback")
    finally:
        await provider.close()


async def test_a_right_token_is_taken(fake: Fake) -> None:
    found = await login(fake)
    assert found.principal.key == f"{fake.issuer}|ada"


NOW = int(time.time())
WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://attacker.example"},
    "no issuer": {"iss": None},
    "for another client": {"aud": "other"},
    "for several, none says whose": {"aud": [CLIENT, "other"]},
    "asked for by another": {"aud": [CLIENT, "other"], "azp": "other"},
    "another azp": {"azp": "other"},
    "no audience": {"aud": None},
    "another login's nonce": {"nonce": Flow.new(0).nonce},
    "no nonce": {"nonce": None},
    "a nonce of another kind": {"nonce": [FLOW.nonce]},
    "expired": {"exp": NOW - 120},
    "without an end": {"exp": None},
    "an end of another kind": {"exp": "tomorrow"},
    "an endless end": {"exp": True},
    "from the future": {"iat": NOW + 3600},
    "not yet": {"nbf": NOW + 3600},
    "no subject": {"sub": None},
    "a long subject": {"sub": "a" * 300},
}


@pytest.mark.parametrize("kind", list(WRONG))
async def test_wrong_claims_log_nobody_in(fake: Fake, kind: str) -> None:
    fake.claims = WRONG[kind]
    with pytest.raises(Unauthenticated):
        await login(fake)


@pytest.mark.parametrize(
    "sign",
    [
        STRANGER.token,
        unsigned,
        lambda claims: by_secret(claims, b"public"),
        lambda _: "",
        lambda _: "a.b.c",
        lambda _: 7,
    ],
)
async def test_a_forged_token_logs_nobody_in(fake: Fake, sign: Any) -> None:
    fake.sign = sign
    with pytest.raises(Unauthenticated):
        await login(fake)


async def test_userinfo_of_another_subject_logs_nobody_in(fake: Fake) -> None:
    fake.claims, fake.user = {"roles": None}, {"sub": "ada", "roles": ["educator"]}
    assert (await login(fake)).principal.roles == {"educator"}
    fake.user = {"sub": "eve", "roles": ["operator"]}
    with pytest.raises(Unauthenticated, match="another subject"):
        await login(fake)


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://attacker.example"},
        {"token_endpoint": "http://attacker.example/token"},
        {"token_endpoint": ""},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"userinfo_endpoint": "https://user:password@host/"},
    ],
)
async def test_a_description_with_other_addresses_is_refused(fake: Fake, described: dict[str, Any]) -> None:
    fake.described = described
    with pytest.raises(Unavailable):
        await login(fake)


async def test_a_description_of_another_issuer_is_not_taken(fake: Fake) -> None:
    with pytest.raises(Unavailable, match="not http"):
        await login(fake, f"{fake.issuer}/")


@pytest.mark.parametrize(
    ("tokens", "error"),
    [
        (JSONResponse({"error": "invalid_grant"}, 400), Unauthenticated),
        (JSONResponse({"error": "invalid_client"}, 401), Unauthenticated),
        (JSONResponse([1], 200), Unauthenticated),
        (Response("<html>", 200), Unauthenticated),
        (JSONResponse({"access_token": "a"}), Unauthenticated),
        (RedirectResponse("http://127.0.0.1:1/elsewhere", 307), Unauthenticated),
        (Response("out of order", 503), Unavailable),
        (Response(b" " * (MAX_BYTES + 1), 200), Unavailable),
    ],
)
async def test_what_is_no_answer_logs_nobody_in(fake: Fake, tokens: Response, error: type[Exception]) -> None:
    fake.tokens = tokens
    with pytest.raises(error):
        await login(fake)


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://id.example.org/a", True),
        ("http://127.0.0.1:9/a", True),
        ("http://localhost/a", True),
        ("http://[::1]:8/a", True),
        ("http://id.example.org/a", False),
        ("http://127.0.0.1.attacker.example/", False),
        ("http://localhost@attacker.example/", False),
        ("https://a:b@c/", False),
        ("ftp://127.0.0.1/", False),
        ("//127.0.0.1/", False),
        ("https://", False),
        ("https://a:99999/", False),
        ("https://\N{LATIN SMALL LETTER E WITH ACUTE}.example/", False),
    ],
)
def test_what_may_be_asked_is_https_or_this_machine(address: str, safe: bool) -> None:
    assert is_safe(address) is safe


def test_the_challenge_is_the_rfcs() -> None:
    """RFC 7636, appendix B."""
    flow = Flow("", "", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", 0)
    assert flow.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert FLOW_SECONDS == 600


KEPT = FLOW.to_json()


@pytest.mark.parametrize("value", [None, {}, {"state": "a"}, {**KEPT, "begun": "1"}, {**KEPT, "x": 1}])
def test_what_is_no_flow_is_none(value: Any) -> None:
    assert Flow.from_json(FLOW.to_json()) == FLOW
    assert Flow.from_json(value) is None


EVENT = {"http://schemas.openid.net/event/backchannel-logout": {}}


def test_a_logout_token_is_no_id_token_and_the_other_way_round() -> None:
    told = {"iss": "i", "aud": CLIENT, "iat": NOW, "exp": NOW + 60, "jti": "j", "sid": "s", "events": EVENT}
    check_logout_token(told, "i", CLIENT, NOW)
    for change in ({"nonce": "n"}, {"events": {}}, {"events": None}, {"sid": None}, {"iss": "j"}, {"iat": NOW + 999}):
        with pytest.raises(Unauthenticated):
            check_logout_token({**told, **change}, "i", CLIENT, NOW)
    with pytest.raises(Unauthenticated):
        check_id_token(told, "i", CLIENT, FLOW.nonce, NOW)


@pytest.mark.parametrize("name", ["exp", "iat", "jti", "iss", "aud"])
def test_a_logout_token_without_what_the_standard_asks_for_is_none(name: str) -> None:
    """Back-Channel Logout 1.0, section 2.4."""
    told = {"iss": "i", "aud": CLIENT, "iat": NOW, "exp": NOW + 60, "jti": "j", "sid": "s", "events": EVENT}
    with pytest.raises(Unauthenticated):
        check_logout_token({key: value for key, value in told.items() if key != name}, "i", CLIENT, NOW)


@pytest.mark.parametrize("change", [{"exp": NOW - 61}, {"iat": NOW - 361, "exp": NOW + 3600}, {"jti": 300 * "j"}])
def test_a_logout_token_is_young_and_has_a_name_that_can_be_remembered(change: dict[str, Any]) -> None:
    told = {"iss": "i", "aud": CLIENT, "iat": NOW, "exp": NOW + 60, "jti": "j", "sid": "s", "events": EVENT}
    with pytest.raises(Unauthenticated):
        check_logout_token({**told, **change}, "i", CLIENT, NOW)


async def test_a_logout_token_counts_once(fake: Fake) -> None:
    provider, now = Provider(Client(fake.issuer, CLIENT), new_client()), int(time.time())
    told = {"iss": fake.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "sub": "ada", "events": EVENT}
    try:
        assert await provider.logged_out(ONE.token({**told, "jti": "one"})) == ("", "ada")
        assert await provider.logged_out(ONE.token({**told, "jti": "two"})) == ("", "ada")
        with pytest.raises(Unauthenticated, match="here before"):
            await provider.logged_out(ONE.token({**told, "jti": "one"}))
    finally:
        await provider.close()


@pytest.mark.parametrize("content", [None, [], "text", {}, {"issuer": None}])
def test_what_is_no_description_is_refused(content: Any) -> None:
    with pytest.raises(Unavailable):
        read_discovery(content, "https://id.example")
