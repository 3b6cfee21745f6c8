"""Bearer tokens at a real edge: those of an identity provider that answers over HTTP, hostile ones, and our own.

The tokens are written with `cryptography` alone (tests/support/signed_tokens.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mammoganesis.v1 import model_pb2
from services.access import assertions, bearer, service_tokens
from services.access.principals import Principal, Role
from services.wire.metadata import PRINCIPAL
from tests.support.edge_backend import Backend, Running, running_edge
from tests.support.signed_tokens import Signer, by_secret, unsigned
from tests.support.token_issuer import AUDIENCE, Provider, provider

GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
LIST_JOBS = "/mammoganesis.v1.BulkService/ListJobs"
KEY, STRANGER = Signer.new("one"), Signer.new("one")
OTHER_KEYS = [Signer.new("es", "ES256"), Signer.new("ed", "EdDSA"), Signer.new("ps", "PS256")]
STUDIO = "a-secret-of-the-studio-and-the-edge-0123"
Code = grpc.StatusCode


@pytest.fixture(scope="module")
def issuer() -> Iterator[Provider]:
    with provider(KEY, *OTHER_KEYS) as found:
        yield found


def _asking(issuer: Provider, **settings: Any) -> Any:
    places = {"oidc_issuer": issuer.address, "oidc_audience": AUDIENCE, "studio_secret": STUDIO}
    return running_edge(_backend(), identity="on", **{**places, **settings})


def _backend() -> Backend:
    backend = Backend()

    async def answer(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        return model_pb2.GetModelResponse(name="demo").SerializeToString()

    backend.unary(GET_MODEL, answer)
    backend.unary(LIST_JOBS, answer)
    return backend


async def _called(edge: Running, *authorization: str, path: str = GET_MODEL, **more: str) -> tuple[Code, str]:
    metadata = (*(("authorization", value) for value in authorization), *more.items())
    try:
        await edge.channel.unary_unary(path)(b"", metadata=metadata)
    except grpc.aio.AioRpcError as error:
        return error.code(), error.details() or ""
    return Code.OK, ""


def _told(edge: Running) -> Principal:
    return Principal.from_metadata(str(edge.backend.seen[-1][PRINCIPAL]))


async def test_a_token_of_the_provider_says_who_calls_and_what_they_may(issuer: Provider) -> None:
    async with _asking(issuer, oidc_groups_claim="departments") as edge:
        claims = issuer.claims(departments=["radiology"], roles=["mammoganesis-educator", "cook", "Learner"])
        for signer in (KEY, *OTHER_KEYS):
            assert await _called(edge, f"Bearer {signer.token(claims, typ='at+jwt')}") == (Code.OK, "")
            roles = frozenset({Role.EDUCATOR, Role.LEARNER})
            assert _told(edge) == Principal(issuer.address, "ada", roles)  # groups stay at the edge
        code, details = await _called(edge, f"bearer {KEY.token(claims)}", path=LIST_JOBS)
        assert code is Code.PERMISSION_DENIED
        assert details.endswith("allowed to operator, researcher; your roles: educator, learner")
        code, _ = await _called(edge, f"Bearer {KEY.token(issuer.claims(roles=None))}")
        assert code is Code.PERMISSION_DENIED


async def test_roles_come_from_a_claim_within_another_and_by_a_file_that_is_read_again(
    issuer: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.access.rereading.LOOK_SECONDS", 0.0)
    file = tmp_path / "roles.json"
    file.write_text('{"radiologists": ["reader", "researcher"]}')
    async with _asking(issuer, oidc_roles_file=file, oidc_roles_claim="realm_access.roles") as edge:
        token = f"Bearer {KEY.token(issuer.claims(realm_access={'roles': ['radiologists']}))}"
        assert (await _called(edge, token, path=LIST_JOBS))[0] is Code.OK
        file.write_text('{"radiologists": ["reader"]}')
        assert (await _called(edge, token, path=LIST_JOBS))[0] is Code.PERMISSION_DENIED
        file.write_text('{"radiologists": ["king"]}')
        assert (await _called(edge, token))[0] is Code.UNAVAILABLE
        file.write_text('{"radiologists": ["researcher"]}')
        assert (await _called(edge, token, path=LIST_JOBS))[0] is Code.OK


def _hostile(issuer: Provider, elsewhere: str) -> dict[str, list[str]]:
    """Values of `authorization` by what is wrong with them."""
    now = int(time.time())
    right = issuer.claims()
    pem = KEY.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    token = KEY.token(right)
    confused = Signer("one", "PS256", KEY.key)
    tokens = {
        "alg none": unsigned(right, kid="one"),
        "alg nOnE": unsigned(right, alg="nOnE", kid="one"),
        "signature taken off": token.rpartition(".")[0] + ".",
        "wrong key": STRANGER.token(right),
        "public key taken for a secret": by_secret(right, pem, kid="one"),
        "another algorithm than said": confused.token(right, alg="RS256"),
        "expired": KEY.token({**right, "exp": now - 60}),
        "no end": KEY.token(issuer.claims(exp=None)),
        "an end in words": KEY.token({**right, "exp": "tomorrow"}),
        "an end in ten years": KEY.token({**right, "exp": now + 315_360_000}),
        "an end that is no time": KEY.token({**right, "exp": 1e300}),
        "not yet": KEY.token({**right, "nbf": now + 600}),
        "issued in the future": KEY.token({**right, "iat": now + 600}),
        "other audience": KEY.token({**right, "aud": "another-service"}),
        "other audiences": KEY.token({**right, "aud": ["another-service", f"{AUDIENCE}-2"]}),
        "no audience": KEY.token(issuer.claims(aud=None)),
        "an audience that is none": KEY.token({**right, "aud": {AUDIENCE: 1}}),
        "other issuer": KEY.token({**right, "iss": "https://issuer.example"}),
        "issuer with a slash": KEY.token({**right, "iss": f"{issuer.address}/"}),
        "no issuer": KEY.token(issuer.claims(iss=None)),
        "no subject": KEY.token(issuer.claims(sub=None)),
        "a subject that is no text": KEY.token({**right, "sub": ["ada"]}),
        "an ID token": KEY.token({**right, "at_hash": "abc"}),
        "a logout token": KEY.token({**right, "events": {}}, typ="logout+jwt"),
        "a logout token that does not say so": KEY.token({**right, "events": {}}),
        "a refresh token": KEY.token({**right, "typ": "Refresh"}),
        "a typ that is none": KEY.token(right, typ=7),
        "unknown kid": KEY.token(right, kid="two"),
        "a path as kid": STRANGER.token(right, kid="../../../../../../dev/null"),
        "SQL as kid": STRANGER.token(right, kid="' UNION SELECT 'AAAA' --"),
        "a command as kid": STRANGER.token(right, kid="|/usr/bin/true"),
        "a kid that is no text": STRANGER.token(right, kid={"a": 1}),
        "embedded jwk": STRANGER.token(right, kid=None, jwk=STRANGER.published),
        "jku": STRANGER.token(right, kid=None, jku=f"{elsewhere}/keys"),
        "x5u": STRANGER.token(right, kid="two", x5u=f"{elsewhere}/chain"),
        "jku and a known kid": STRANGER.token(right, jku=f"{elsewhere}/keys", x5u=f"{elsewhere}/chain"),
        "crit": KEY.token(right, crit=["exp"]),
        "crit of ours": KEY.token(right, crit=["mammoganesis"], mammoganesis=1),
        "claims that are a list": KEY.token([right]),
        "no JWT": "abc",
        "dots": "...",
        "a JWE": "a.b.c.d.e",
    }
    schemes = {
        "empty": [""],
        "no scheme": [token],
        "no token": ["Bearer "],
        "the scheme alone": ["Bearer"],
        "another scheme": [f"Basic {token}"],
        "two spaces": [f"Bearer  {token}"],
        "a space at the end": [f"Bearer {token} x"],
        "two in one": [f"Bearer {token}, Bearer {token}"],
        "two headers": [f"Bearer {token}", f"Bearer {token}"],
        "a right one behind a wrong one": ["Bearer abc", f"Bearer {token}"],
        "of ours, made up": [f"Bearer {service_tokens.PREFIX}{'A' * 43}{'0' * 8}"],
        "of ours, cut": [f"Bearer {service_tokens.PREFIX}"],
    }
    return {name: [f"Bearer {text}"] for name, text in tokens.items()} | schemes


async def test_hostile_tokens_are_refused_with_a_sentence_and_have_nothing_fetched(
    issuer: Provider, tmp_path: Path
) -> None:
    with provider(STRANGER) as trap:
        async with _asking(issuer, service_tokens_file=tmp_path / "tokens.json") as edge:
            assert (await _called(edge, f"Bearer {KEY.token(issuer.claims())}"))[0] is Code.OK
            edge.backend.seen.clear()
            issuer.asked.clear()
            hostile = _hostile(issuer, trap.address)
            assert len(hostile) > 50
            for what, values in hostile.items():
                code, details = await _called(edge, *values)
                assert code is Code.UNAUTHENTICATED, (what, code, details)
                assert details.startswith(("token: ", "authorization: ")), (what, details)
                assert "\n" not in details, what
            assert edge.backend.seen == []
        assert trap.asked == []
        assert issuer.asked == []


async def test_an_oversized_token_is_refused_by_the_edge_or_before(issuer: Provider) -> None:
    async with _asking(issuer) as edge:
        for size in (13_000, 30_000):
            code, _ = await _called(edge, f"Bearer {KEY.token(issuer.claims(pad='x' * size))}")
            assert code is not Code.OK
            assert edge.backend.seen == []
        assert (await _called(edge, f"Bearer {KEY.token(issuer.claims())}"))[0] is Code.OK


async def test_a_right_token_and_the_studios_word_are_one_too_many(issuer: Provider) -> None:
    async with _asking(issuer) as edge:
        word = assertions.said(Principal("https://issuer.example", "b"), STUDIO)
        token = f"Bearer {KEY.token(issuer.claims())}"
        code, details = await _called(edge, token, **{assertions.METADATA: word})
        assert code is Code.UNAUTHENTICATED
        assert "not both" in details


async def test_a_revoked_token_is_not_taken_any_more(
    issuer: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.access.rereading.LOOK_SECONDS", 0.0)
    file = tmp_path / "revoked"
    first, second = (KEY.token(issuer.claims(jti=name, sub=name)) for name in ("first", "second"))
    file.write_text("")
    async with _asking(issuer, revoked_tokens_file=file) as edge:
        for line in ("jti:first", "sub:first", f"sha256:{bearer.digest_of(first)}"):
            file.write_text("")
            assert (await _called(edge, f"Bearer {first}"))[0] is Code.OK
            file.write_text(f"# taken back\n{line}\n")
            code, details = await _called(edge, f"Bearer {first}")
            assert (code, details) == (Code.UNAUTHENTICATED, "token: it has been revoked")
            assert (await _called(edge, f"Bearer {second}"))[0] is Code.OK
        file.write_text("first\n")
        assert (await _called(edge, f"Bearer {second}"))[0] is Code.UNAVAILABLE
        file.unlink()
        assert (await _called(edge, f"Bearer {second}"))[0] is Code.UNAVAILABLE


async def test_more_groups_than_a_call_can_carry_are_no_fault(issuer: Provider) -> None:
    async with _asking(issuer, oidc_groups_claim="departments") as edge:
        claims = issuer.claims(departments=[f"{i:03}" + "x" * 97 for i in range(40)])
        assert await _called(edge, f"Bearer {KEY.token(claims)}") == (Code.OK, "")


async def test_a_provider_that_is_away_is_unavailable_and_no_fault_of_the_caller(issuer: Provider) -> None:
    with provider(KEY) as own:
        own.is_away = True
        async with _asking(own) as edge:
            code, details = await _called(edge, f"Bearer {KEY.token(own.claims())}")
            assert code is Code.UNAVAILABLE
            assert "does not answer" in details
        own.is_away = False
        async with _asking(own) as edge:
            token = f"Bearer {KEY.token(own.claims())}"
            assert (await _called(edge, token))[0] is Code.OK
            own.is_away = True
            assert (await _called(edge, token))[0] is Code.OK


async def test_keys_can_be_had_from_a_stated_address(issuer: Provider) -> None:
    issuer.asked.clear()
    async with _asking(issuer, oidc_keys_url=f"{issuer.address}/other/keys") as edge:
        assert (await _called(edge, f"Bearer {KEY.token(issuer.claims())}"))[0] is Code.OK
    assert issuer.asked == ["/other/keys"]


async def test_a_service_token_is_taken_until_it_is_revoked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.access.rereading.LOOK_SECONDS", 0.0)
    file = tmp_path / "tokens.json"
    who = Principal(service_tokens.ISSUER, "night-job", frozenset({Role.RESEARCHER}), ("radiology",))
    async with running_edge(_backend(), identity="on", service_tokens_file=file) as edge:
        text, token = service_tokens.new(who, None)
        assert (await _called(edge, f"Bearer {text}"))[0] is Code.UNAUTHENTICATED
        file.write_bytes(service_tokens.written([token]))
        assert (await _called(edge, f"Bearer {text}", path=LIST_JOBS))[0] is Code.OK
        assert _told(edge) == replace(who, groups=())
        file.write_bytes(service_tokens.written(service_tokens.without([token], "night-job")))
        code, details = await _called(edge, f"Bearer {text}")
        assert (code, details) == (Code.UNAUTHENTICATED, f"token: night-job ({token.id}) is revoked")
        code, details = await _called(edge, f"Bearer {KEY.token({'sub': 'ada'})}")
        assert code is Code.UNAUTHENTICATED
        assert "no identity provider" in details
