"""Platforms that register, change their keys, and go; the tool's own keys and settings."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from mammoganesis.v1 import cases_pb2
from mammoganesis.v1 import lti_pb2 as pb
from services.access.shared_secrets import SharedSecret
from services.studio.calls import Terms
from services.studio.login import Door
from services.studio.sessions import COOKIE, TOKEN, TOKEN_COOKIE
from tests.support.lti_browser import (
    Browser,
    new_link,
    refused,
)
from tests.support.lti_platform import LearningPlatform
from tests.support.lti_studio import SECRET, Launched, running_tool
from tests.support.recorded import case


def test_the_platforms_keys_may_change_and_be_away(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    link = new_link(platform, quiz)
    assert Browser().launch(platform.login("ben", link)).status_code == 303
    platform.down["jwks"] = 1000
    assert Browser().launch(platform.login("ben", link)).status_code == 303  # the keys are known
    platform.down["jwks"] = 0


def test_a_platform_whose_keys_nobody_knows_is_asked_later(
    tool: Launched, platform: LearningPlatform, quiz: str
) -> None:
    message = platform.message
    message.jwks_url = f"{platform.url}/jwks?another"
    tool.operator.SavePlatform(pb.SavePlatformRequest(platform=message))
    platform.down["jwks"] = 1
    answer = Browser().launch(platform.login("ben", new_link(platform, quiz)))
    assert answer.status_code == 503
    assert "keys are not known" in answer.text


def test_a_platform_that_was_removed_launches_no_more(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    browser = Browser()
    action, fields = browser.platform_form(platform.login("ben", new_link(platform, quiz)))
    tool.operator.RemovePlatform(pb.RemovePlatformRequest(platform_id=tool.register()))
    assert "removed" in refused(browser.ask("POST", action, data=fields))
    assert Browser().login(platform.login("ben", new_link(platform, quiz))).status_code == 404


def test_a_platform_registers_itself_once(tool: Launched, platform: LearningPlatform, quiz: str) -> None:
    invited = tool.operator.CreateEnrolment(pb.CreateEnrolmentRequest(name="By itself", issuer=platform.url))
    query = {
        "token": invited.token,
        "openid_configuration": f"{platform.url}/openid-configuration",
        "registration_token": "platforms-own",
    }
    address = f"{tool.base}/lti/register?{urlencode(query)}"
    answer = httpx.get(address)
    assert answer.status_code == 200, answer.text
    assert "&quot;mode&quot;: &quot;registered&quot;" in answer.text
    wanted = platform.registrations[platform.client_id]
    assert wanted["jwks_uri"] == f"{tool.base}/lti/jwks"
    assert Browser().launch(platform.login("ben", new_link(platform, quiz))).status_code == 303
    assert refused(httpx.get(address))
    assert len(platform.registrations) == 1
    platform.client_id = "tool-7"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"token": "no-such-token"}, "registration address"),
        ({"openid_configuration": "http://10.0.0.1/x"}, "openid_configuration"),
        ({"openid_configuration": "file:///etc/passwd"}, "openid_configuration"),
        ({"openid_configuration": ""}, "openid_configuration"),
        ({"registration_token": "a\r\nb"}, "registration_token"),
    ],
)
def test_a_registration_that_is_not_right_asks_nobody(
    tool: Launched, platform: LearningPlatform, changed: dict[str, str], why: str
) -> None:
    invited = tool.operator.CreateEnrolment(pb.CreateEnrolmentRequest())
    query = {"token": invited.token, "openid_configuration": f"{platform.url}/openid-configuration"} | changed
    assert why in refused(httpx.get(f"{tool.base}/lti/register?{urlencode(query)}"))
    assert not {"openid-configuration", "registration"} & set(platform.asked)


def test_an_issuer_other_than_the_invited_is_refused(tool: Launched, platform: LearningPlatform) -> None:
    invited = tool.operator.CreateEnrolment(pb.CreateEnrolmentRequest(issuer="https://lms.example.org"))
    query = {"token": invited.token, "openid_configuration": f"{platform.url}/openid-configuration"}
    assert "issuer" in refused(httpx.get(f"{tool.base}/lti/register?{urlencode(query)}"))


def test_the_studio_without_keys_is_no_tool(tool: Launched) -> None:
    from tests.support.studio_server import running_studio, send

    with running_studio(tool.records.address) as port:
        assert send(port, "GET", "/lti/jwks").status == 409
        assert send(port, "GET", "/lti/login?iss=x").status == 409
        assert send(port, "GET", "/lti").status == 200
        assert send(port, "GET", "/lti/tool").json == {"base": None}


def test_keys_are_read_again_when_they_change(tool: Launched) -> None:
    before = httpx.get(f"{tool.base}/lti/jwks").json()["keys"]
    assert [sorted(key) for key in before] == [["alg", "e", "kid", "kty", "n", "use"]]


def test_the_address_of_a_form_is_the_platforms(tool: Launched, platform: LearningPlatform) -> None:
    plain = httpx.get(f"{tool.base}/lti").headers["content-security-policy"]
    assert "form-action 'self'" in plain
    assert f"frame-ancestors {platform.url}" in plain
    assert "form-action 'none'" in httpx.get(f"{tool.base}/").headers["content-security-policy"]


def test_where_people_log_in_a_launch_is_a_login(tmp_path: Path) -> None:
    """Of the launch's role alone, in the frame alone."""
    asks = {"identity": "on", "studio_secret": SECRET}
    door = Door(None, "https://studio.example.org", ["a-secret-that-seals-sessions-0123456789"])
    with running_tool(tmp_path, edge=asks, door=door, terms=Terms(secret=SharedSecret(SECRET))) as tool:
        word = tool.records.word
        made = tool.records.cases.CreateCase(cases_pb2.CreateCaseRequest(case=case("Known")), metadata=word).case
        learner, teacher = Browser(), Browser()
        learner.launch(tool.platform.login("ben", new_link(tool.platform, made.case_id, maximum=0)))
        teacher.launch(tool.platform.login("anna", ""))
        assert {name for name in learner.cookies if "lti" not in name} == {COOKIE, TOKEN_COOKIE}

        def status(browser: Browser, rpc: str) -> int:
            body = {"case_id": made.case_id} if rpc == "GetCase" else {}
            told = {TOKEN: browser.cookies[TOKEN_COOKIE]}
            address = f"{tool.base}/mammoganesis.v1.CaseService/{rpc}"
            return browser.ask("POST", address, json=body, told=told).status_code

        calls = {"GetCase": (200, 200), "CreateCollection": (403, 400)}
        for rpc, expected in calls.items():
            assert (status(learner, rpc), status(teacher, rpc)) == expected, rpc
        nobody = httpx.post(f"{tool.base}/mammoganesis.v1.CaseService/GetCase", json={"case_id": made.case_id})
        assert nobody.status_code == 401
        again = learner.launch(tool.platform.login("ben", new_link(tool.platform, made.case_id, maximum=0)))
        assert again.status_code == 303  # a session that is there does not stand in the way of another launch
