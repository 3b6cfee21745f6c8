"""How this tool registers itself with a platform, and which platforms it does not take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from services.lti import enrolment, members, scores
from services.lti.addresses import service_address, web_address
from services.lti.platforms import checked
from tests.support.lti_tokens import AGS, BASE, NRPS, PLATFORM, QUIZ

AT = "https://lms.example.org/items"
CONFIGURED_AT = "https://lms.example.org/.well-known/openid-configuration"
CONFIGURATION: dict[str, Any] = {
    "issuer": PLATFORM.issuer,
    "authorization_endpoint": PLATFORM.authorization_url,
    "token_endpoint": PLATFORM.token_url,
    "jwks_uri": PLATFORM.jwks_url,
    "registration_endpoint": "https://lms.example.org/register",
    "scopes_supported": ["openid", f"{AGS}scope/lineitem", f"{AGS}scope/score"],
    "id_token_signing_alg_values_supported": ["RS256"],
    enrolment.PLATFORM: {"product_family_code": "moodle", "version": "4.5"},
}


def test_this_tool_registers_itself() -> None:
    assert enrolment.registration_endpoint(CONFIGURATION, CONFIGURED_AT) == "https://lms.example.org/register"
    asked = enrolment.tool_registration(BASE, CONFIGURATION)
    assert (asked["initiate_login_uri"], asked["redirect_uris"]) == (f"{BASE}/lti/login", [f"{BASE}/lti/launch"])
    assert asked["scope"].split() == [f"{AGS}scope/lineitem", f"{AGS}scope/score"]
    assert asked["token_endpoint_auth_method"] == "private_key_jwt"
    told = asked[enrolment.CONFIGURATION]
    assert told["domain"] == "studio.example.org"
    assert {message["type"] for message in told["messages"]} == {"LtiResourceLinkRequest", "LtiDeepLinkingRequest"}
    assert not {"name", "email"} & set(told["claims"])
    everything = enrolment.tool_registration(BASE, CONFIGURATION | {"scopes_supported": None})
    assert f"{NRPS}scope/contextmembership.readonly" in everything["scope"]
    answer = asked | {"client_id": "client-7", enrolment.CONFIGURATION: told | {"deployment_id": "1"}}
    platform = enrolment.enrolled(CONFIGURATION, answer, "Moodle")
    assert (platform.issuer, platform.client_id, platform.deployments) == (PLATFORM.issuer, "client-7", ("1",))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"issuer": "http://lms.example.org"}, InvalidArgument),
        ({"registration_endpoint": "ftp://lms.example.org"}, InvalidArgument),
        ({"registration_endpoint": None}, InvalidArgument),
        ({"registration_endpoint": "https://127.0.0.1:8443/register"}, InvalidArgument),
        ({"jwks_uri": "http://localhost/keys"}, InvalidArgument),
        ({"issuer": "https://login.example.org"}, InvalidArgument),
        ({enrolment.PLATFORM: None}, InvalidArgument),
        ({"id_token_signing_alg_values_supported": ["none"]}, FailedPrecondition),
    ],
)
def test_what_is_no_platform_is_not_registered_with(changed: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        enrolment.registration_endpoint(CONFIGURATION | changed, CONFIGURED_AT)


def test_nobody_registers_as_somebody_else() -> None:
    """Issuers are at home where they say so, or are those that the operator has invited."""
    elsewhere = "https://sso.example.org/lti/openid-configuration"
    with pytest.raises(InvalidArgument, match="--issuer"):
        enrolment.registration_endpoint(CONFIGURATION, elsewhere)
    assert enrolment.registration_endpoint(CONFIGURATION, elsewhere, PLATFORM.issuer)
    with pytest.raises(InvalidArgument, match="issuer"):
        enrolment.registration_endpoint(CONFIGURATION, CONFIGURED_AT, "https://other.example.org")


@pytest.mark.parametrize("issuer", ["token", "link", "nobody", "certificate", "service", "https://a.example|b"])
def test_no_platform_has_the_name_of_an_issuer_of_ours_or_one_that_reads_as_another(issuer: str) -> None:
    with pytest.raises(InvalidArgument, match=r"platform\.issuer"):
        checked(replace(PLATFORM, issuer=issuer))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.8.8.8", "[::1]", "localhost", "LOCALHOST.", "a.localhost", "127.1", "0x7f000001"),
        *("2130706433", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "169.254.169.254", "[fe80::1]"),
    ],
)
def test_a_platform_elsewhere_names_nothing_on_this_machine(host: str) -> None:
    address = f"https://{host}:8443/items"
    assert web_address("a", address) == address  # of the operator
    with pytest.raises(InvalidArgument, match="not on this machine"):
        service_address("a", address, AT)
    assert service_address("a", address, "http://127.0.0.1:9000/token") == address
    with pytest.raises(InvalidArgument):
        scores.column_among([{"id": address, "resourceId": QUIZ}], QUIZ, "link", AT)
    with pytest.raises(InvalidArgument):
        members.next_page(f'<{address}>; rel="next"', AT)


def test_a_platform_in_the_own_network_is_asked() -> None:
    assert service_address("a", "https://10.1.2.3/items", AT) == "https://10.1.2.3/items"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"client_id": "c"},
        {enrolment.CONFIGURATION: {"deployment_id": "1"}},
        {"client_id": "c", enrolment.CONFIGURATION: []},
    ],
)
def test_an_answer_without_client_or_deployment_is_none(answer: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        enrolment.enrolled(CONFIGURATION, answer, "Moodle")


@pytest.mark.parametrize(
    "changed",
    [
        {"authorization_url": "http://lms.example.org/auth"},
        {"token_url": "https://user@lms.example.org/"},
        {"jwks_url": ""},
        {"issuer": ""},
        {"client_id": "a\n"},
        {"deployments": ()},
        {"deployments": ("",)},
        {"name": "n" * 300},
    ],
)
def test_a_platform_with_a_field_that_is_none_is_refused(changed: dict[str, Any]) -> None:
    from dataclasses import replace

    assert checked(PLATFORM) == PLATFORM
    with pytest.raises(InvalidArgument, match=next(iter(changed))):
        checked(replace(PLATFORM, **changed))
