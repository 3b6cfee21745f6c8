"""Launches that another library signs: what is taken, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mammoganesis.errors import FailedPrecondition, InvalidArgument, Unauthenticated
from services.access.keys import PublishedKeys
from services.access.principals import Role
from services.lti.launches import Grading, Launch, Linking, Message, launch_of
from services.lti.resources import Kind, Resource, resource_at
from services.lti.roles import roles_of
from services.lti.tokens import ALGORITHM, ToolKeys
from tests.support.lti_tokens import (
    AGS,
    BASE,
    DEEP,
    LTI,
    MEMBERSHIP,
    NRPS,
    PERSON,
    PLATFORM,
    QUIZ,
    Signer,
    launch_claims,
    linking_claims,
)

NONCE = "nonce-1"


async def _claims(token: str, published: dict[str, Any]) -> dict[str, Any]:
    """What the studio reads of a token of a platform that publishes these keys."""

    async def fetch() -> Any:
        return published

    return await PublishedKeys(fetch).claims(token, (ALGORITHM,))


def _launch(claims: dict[str, Any]) -> Launch:
    return launch_of(claims, PLATFORM, NONCE, BASE)


async def test_a_learner_is_launched_to_a_quiz(platform_key: Signer) -> None:
    launch = _launch(await _claims(platform_key.signed(launch_claims(NONCE)), platform_key.jwks))
    assert launch.message is Message.RESOURCE
    assert launch.resource == Resource(Kind.QUIZ, QUIZ)
    assert launch.principal.key == "https://lms.example.org|a6d5c443-1f51-4783-ba1a-7686ffe3b54a"
    assert (launch.principal.roles, launch.principal.name, launch.educates) == (frozenset({Role.LEARNER}), "", False)
    assert (launch.resource_link_id, launch.context_id) == ("200d101f-2c14-434a-a0f3-57c2a42369fd", "c1d887f0")
    assert (launch.language, launch.deployment_id) == ("fr-CH", "1")
    assert launch.grading.takes_scores
    assert launch.grading.line_item == "https://lms.example.org/items/8/lineitem?type=3"
    assert launch.members_url == "https://lms.example.org/members"
    assert "Doe" not in repr(launch)
    assert "jane@" not in repr(launch)


async def test_an_instructor_is_asked_to_choose(platform_key: Signer) -> None:
    launch = _launch(await _claims(platform_key.signed(linking_claims(NONCE)), platform_key.jwks))
    data = "csrftoken:00000000-0000-0000-0000-000000000007"
    assert launch.linking == Linking("https://lms.example.org/deep?c=1", data, True)
    assert launch.educates


def test_a_launch_without_services_goes_on() -> None:
    claims = launch_claims(NONCE, **{f"{AGS}claim/endpoint": None, f"{NRPS}claim/namesroleservice": None, "azp": None})
    launch = _launch(claims | {"aud": PLATFORM.client_id})
    assert (launch.grading, launch.members_url) == (Grading(), "")


def test_a_service_at_an_address_that_may_not_be_asked_is_none() -> None:
    service = {"scope": [f"{AGS}scope/score"], "lineitem": "http://10.0.0.1/internal"}
    assert not _launch(launch_claims(NONCE, **{f"{AGS}claim/endpoint": service})).grading.takes_scores


NOW = int(time.time())


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"iss": "https://other.example.org"}, "iss"),
        ({"aud": "another-tool"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": ["client-7", "another"], "azp": None}, "azp"),
        ({"azp": "another"}, "azp"),
        ({"exp": NOW - 3600, "iat": NOW - 3700}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"exp": True}, "exp"),
        ({"iat": None}, "iat"),
        ({"iat": NOW - 8000}, "iat"),
        ({"iat": NOW + 8000}, "iat"),
        ({"nbf": NOW + 8000}, "nbf"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": 7}, "nonce"),
        ({"deployment_id": "3"}, "deployment_id"),
    ],
)
def test_what_is_not_for_us_or_not_of_now_is_refused(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(Unauthenticated, match=f"^{why}:"):
        _launch(launch_claims(NONCE, **changed))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"version": "1.1"}, InvalidArgument),
        ({"version": None}, InvalidArgument),
        ({"message_type": "LtiSubmissionReviewRequest"}, FailedPrecondition),
        ({"message_type": None}, InvalidArgument),
        ({"deployment_id": None}, InvalidArgument),
        ({"sub": None}, FailedPrecondition),
        ({"sub": "a" * 256}, InvalidArgument),
        ({"sub": ["a"]}, InvalidArgument),
        ({"roles": "Learner"}, InvalidArgument),
        ({"resource_link": None}, InvalidArgument),
        ({"resource_link": {"id": ""}}, InvalidArgument),
        ({"target_link_uri": None}, InvalidArgument),
        ({"target_link_uri": f"https://evil.example.org/lti/{QUIZ}"}, InvalidArgument),
        ({"context": "c"}, InvalidArgument),
    ],
)
def test_what_is_no_launch_is_refused(changed: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        _launch(launch_claims(NONCE, **changed))


@pytest.mark.parametrize(
    "settings",
    [
        None,
        {"accept_types": ["ltiResourceLink"]},
        {"accept_types": ["ltiResourceLink"], "deep_link_return_url": "javascript:alert(1)"},
        {"accept_types": ["ltiResourceLink"], "deep_link_return_url": "https://127.0.0.1/"},
        {"accept_types": ["ltiResourceLink"], "deep_link_return_url": "http://lms.example.org/"},
        {"accept_types": ["html"], "deep_link_return_url": "https://lms.example.org/"},
    ],
)
def test_deep_linking_without_a_place_to_return_to_is_refused(settings: Any) -> None:
    with pytest.raises((InvalidArgument, FailedPrecondition)):
        _launch(linking_claims(NONCE, **{f"{DEEP}deep_linking_settings": settings}))


def _unsigned(header: dict[str, Any], claims: dict[str, Any]) -> bytes:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    return b".".join(parts)


def _confused(key: Signer) -> str:
    """The platform's public key taken as the secret of an HMAC."""
    public = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = _unsigned({"alg": "HS256", "kid": key.kid}, launch_claims(NONCE))
    code = base64.urlsafe_b64encode(hmac.new(public, text, hashlib.sha256).digest()).rstrip(b"=")
    return (text + b"." + code).decode()


FORGED: dict[str, Callable[[Signer, Signer], str]] = {
    "nothing": lambda ours, other: "",
    "no token": lambda ours, other: "a.b.c",
    "no signature": lambda ours, other: _unsigned({"alg": "none", "kid": ours.kid}, {}).decode() + ".",
    "key confusion": lambda ours, other: _confused(ours),
    "another key under this name": lambda ours, other: other.signed(launch_claims(NONCE), kid=ours.kid),
    "an unknown key": lambda ours, other: other.signed(launch_claims(NONCE)),
    "a key that it brings along": lambda ours, other: other.signed(launch_claims(NONCE), jwk=other.public),
    "a key from an address": lambda ours, other: other.signed(
        launch_claims(NONCE), kid=ours.kid, jku="https://evil.example.org/jwks"
    ),
    "RS512": lambda ours, other: ours.signed(launch_claims(NONCE), "RS512"),
    "PS256": lambda ours, other: ours.signed(launch_claims(NONCE), "PS256"),
    "what must be understood": lambda ours, other: ours.signed(launch_claims(NONCE), crit=["x"], x=1),
    "one letter changed": lambda ours, other: ours.signed(launch_claims(NONCE))[:-8] + "AAAAAAAA",
    "too long": lambda ours, other: ours.signed(launch_claims(NONCE, filler="x" * 70_000)),
}


@pytest.mark.parametrize("what", FORGED)
async def test_what_the_platform_has_not_signed_is_refused(what: str, platform_key: Signer, other_key: Signer) -> None:
    with pytest.raises(Unauthenticated, match=r"^token"):
        await _claims(FORGED[what](platform_key, other_key), platform_key.jwks)


def test_this_tools_keys_are_read_by_another_library(platform_key: Signer, other_key: Signer) -> None:
    keys = ToolKeys(f"{platform_key.pem}\n{other_key.pem}")
    published = jwt.PyJWKSet.from_dict(keys.published())
    assert len(published.keys) == 2
    token = keys.signed({"a": 1})
    found = published[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, found.key, ["RS256"]) == {"a": 1}
    assert found.key.public_numbers() == platform_key.private.public_key().public_numbers()
    assert not any("d" in key for key in keys.published()["keys"])


@pytest.mark.filterwarnings("ignore:Key size")
@pytest.mark.parametrize("text", ["", "no key", Signer("small", 1024).pem])
def test_what_is_no_key_of_this_tool_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="lti_key_file"):
        ToolKeys(text)


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ([f"{MEMBERSHIP}Instructor"], Role.EDUCATOR),
        ([f"{MEMBERSHIP}ContentDeveloper"], Role.EDUCATOR),
        ([f"{MEMBERSHIP}Administrator"], Role.EDUCATOR),
        (["http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"], Role.EDUCATOR),
        (["Instructor"], Role.EDUCATOR),
        ([f"{PERSON}Administrator"], Role.EDUCATOR),
        (["http://purl.imsglobal.org/vocab/lis/v2/system/person#SysAdmin"], Role.EDUCATOR),
        ([f"{PERSON}Instructor", f"{MEMBERSHIP}Learner"], Role.LEARNER),
        ([f"{MEMBERSHIP}Learner"], Role.LEARNER),
        ([f"{MEMBERSHIP}Mentor"], Role.LEARNER),
        ([f"{PERSON}Student"], Role.LEARNER),
        (["https://evil.example.org/vocab/lis/v2/membership#Instructor"], Role.LEARNER),
        (["operator", "researcher", ""], Role.LEARNER),
        ([], Role.LEARNER),
    ],
)
def test_roles_of_a_platform_are_educator_or_learner(said: list[str], role: Role) -> None:
    assert roles_of(said) == frozenset({role})


@pytest.mark.parametrize("base", [BASE, "http://127.0.0.1:8080"])
def test_an_address_of_ours_names_a_resource_or_the_tool(base: str) -> None:
    resource = Resource.of("study_" + "0f" * 16)
    assert resource_at(resource.address(base), base) == resource
    for address in (base, f"{base}/", f"{base}/lti", f"{base}/lti/", f"{base}/lti/launch"):
        assert resource_at(address, base) is None


@pytest.mark.parametrize(
    "address",
    [
        "https://studio.example.org/lti/launch",
        f"{BASE}/ltix",
        f"{BASE}/lti/../../x",
        f"{BASE}/lti/quiz_1",
        f"{BASE}/lti/QUIZ_{'a1' * 16}",
        f"{BASE}x/lti/launch",
        f"{BASE}.evil.example/lti/launch",
        f"https://studio.example.org:8443/mammo/lti/{QUIZ}",
        f"http://studio.example.org/mammo/lti/{QUIZ}",
        f"https://a@studio.example.org/mammo/lti/{QUIZ}",
        "//studio.example.org/mammo/lti/launch",
        "https://[/",
        "",
    ],
)
def test_an_address_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(InvalidArgument, match="target_link_uri"):
        resource_at(address, BASE)


def test_a_claim_of_the_vocabulary_is_not_taken_by_its_end() -> None:
    claims = {**launch_claims(NONCE), "https://evil.example.org/claim/deployment_id": "1"}
    del claims[f"{LTI}deployment_id"]
    with pytest.raises(InvalidArgument):
        _launch(claims)
