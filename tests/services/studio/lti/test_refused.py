"""Launches and logins that are not right: what an attacker may try over HTTP."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from tests.support.lti_browser import (
    Browser,
    claims_with,
    new_link,
    refused,
)
from tests.support.lti_platform import LearningPlatform
from tests.support.lti_studio import Launched
from tests.support.lti_tokens import LTI, Signer

HOSTILE: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    "wrong audience": (claims_with(aud="another-tool"), "aud"),
    "another tool's azp": (claims_with(aud=["tool-7", "x"], azp="x"), "azp"),
    "another issuer": (claims_with(iss="https://evil.example.org"), "iss"),
    "expired": (claims_with(exp=int(time.time()) - 3600), "exp"),
    "of last week": (claims_with(iat=int(time.time()) - 7 * 86400), "iat"),
    "another deployment": (claims_with(**{f"{LTI}deployment_id": "2"}), "deployment_id"),
    "no nonce": (claims_with(nonce=None), "nonce"),
    "another nonce": (claims_with(nonce="forged"), "nonce"),
    "no subject": (claims_with(sub=None), "sub"),
    "another version": (claims_with(**{f"{LTI}version": "1.1"}), "version"),
    "another message": (claims_with(**{f"{LTI}message_type": "LtiStartProctoring"}), "message_type"),
    "a target elsewhere": (
        claims_with(**{f"{LTI}target_link_uri": "https://evil.example.org/lti/launch"}),
        "target_link_uri",
    ),
    "a quiz that is not there": (None, "no quiz"),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_launch_that_is_not_right_is_refused(
    tool: Launched, platform: LearningPlatform, quiz: str, what: str
) -> None:
    change, why = HOSTILE[what]
    link = new_link(platform, quiz)
    address = platform.login("ben", link)
    gone = claims_with(**{f"{LTI}target_link_uri": f"{tool.base}/lti/quiz_{'0' * 32}"})
    platform.change = change or gone
    assert why in refused(Browser().launch(address))


def _forged(platform: LearningPlatform, token: str, how: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    if how == "none":
        return jwt.encode(claims, "", "none", {"kid": platform.signer.kid})
    if how == "HS256":
        return jwt.encode(claims, "x" * 40, "HS256", {"kid": platform.signer.kid})
    if how == "another key":
        return Signer(platform.signer.kid).signed(claims)
    return token[:-6] + "AAAAAA"


@pytest.mark.parametrize("how", ["none", "HS256", "another key", "changed"])
def test_a_token_that_the_platform_has_not_signed_is_refused(platform: LearningPlatform, quiz: str, how: str) -> None:
    browser = Browser()
    action, fields = browser.platform_form(platform.login("ben", new_link(platform, quiz)))
    answer = browser.ask("POST", action, data=fields | {"id_token": _forged(platform, fields["id_token"], how)})
    assert "token:" in refused(answer)


def test_a_launch_is_taken_once(platform: LearningPlatform, quiz: str) -> None:
    browser = Browser()
    action, fields = browser.platform_form(platform.login("ben", new_link(platform, quiz)))
    cookies = dict(browser.cookies)
    assert browser.ask("POST", action, data=fields).status_code == 303
    thief = Browser()
    thief.cookies = cookies
    replayed = thief.ask("POST", action, data=fields)  # by who has stolen all of it
    assert "there before" in refused(replayed)


def test_a_launch_is_of_the_browser_that_asked(platform: LearningPlatform, quiz: str) -> None:
    """Login CSRF: a victim's browser is sent an attacker's launch."""
    attacker, victim = Browser(), Browser()
    action, fields = attacker.platform_form(platform.login("ben", new_link(platform, quiz)))
    victim.platform_form(platform.login("cem", new_link(platform, quiz)))
    answer = victim.ask("POST", action, data=fields)
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert "&quot;mode&quot;: &quot;window&quot;" in answer.text  # its own cookie is of another login
    name = next(iter(attacker.cookies))
    other = next(iter(victim.cookies.values()))
    victim.cookies = {name: other}
    mixed = victim.ask("POST", action, data=fields)
    assert "another browser" in refused(mixed)


@pytest.mark.parametrize("state", ["", "x", "a.b.c"])
def test_a_launch_without_a_login_is_refused(platform: LearningPlatform, quiz: str, state: str) -> None:
    browser = Browser()
    action, fields = browser.platform_form(platform.login("ben", new_link(platform, quiz)))
    assert "state:" in refused(browser.ask("POST", action, data=fields | {"state": state}))
    assert "state:" in refused(browser.ask("POST", action, data={"id_token": fields["id_token"]}))


def test_a_browser_without_cookies_goes_on_by_the_platforms_storage(platform: LearningPlatform, quiz: str) -> None:
    platform.storage = True
    browser = Browser()
    answer = browser.login(platform.login("ben", new_link(platform, quiz)))
    told = answer.text
    secret = re.search(r"secret&quot;: &quot;([\w-]+)", told)
    go = re.search(r"go&quot;: &quot;([^&]+(?:&amp;[^&]+)*)&quot;", told)
    assert secret
    assert go
    browser.cookies.clear()
    form = browser.ask("GET", go[1].replace("&amp;", "&"))
    fields = dict(re.findall(r'name=(\w+) value="([^"]*)"', form.text))
    action = f"{platform.tool}/lti/launch"
    waiting = browser.ask("POST", action, data=fields)
    assert waiting.status_code == 200
    assert "&quot;mode&quot;: &quot;fetch&quot;" in waiting.text
    assert secret[1] not in waiting.text
    for wrong in ("", "x" * 32):
        assert browser.ask("POST", action, json=fields | {"browser": wrong}).status_code == 401
    went = browser.ask("POST", action, json=fields | {"browser": secret[1]})
    assert went.json()["go"].startswith("../quiz?frame=1#")


@pytest.mark.parametrize(
    ("target", "status", "found"),
    [
        (f"quiz_{'0' * 32}", 404, {"error", "language"}),
        ("launch", 200, {"go", "language"}),
    ],
)
def test_what_becomes_of_a_launch_that_the_platform_has_kept_is_told_with_the_course_s_language(
    tool: Launched, platform: LearningPlatform, quiz: str, target: str, status: int, found: set[str]
) -> None:
    platform.storage = True
    platform.change = claims_with(
        **{f"{LTI}launch_presentation": {"locale": "fr_FR"}, f"{LTI}target_link_uri": f"{tool.base}/lti/{target}"}
    )
    browser = Browser()
    told = html.unescape(browser.login(platform.login("ben", new_link(platform, quiz))).text)
    kept = json.loads(re.search(r'name="lti" content="(\{.*?\})"', told)[1])  # type: ignore[index]
    browser.cookies.clear()
    fields = dict(re.findall(r'name=(\w+) value="([^"]*)"', browser.ask("GET", kept["go"]).text))
    answer = browser.ask("POST", f"{platform.tool}/lti/launch", json=fields | {"browser": kept["secret"]})
    said = answer.json()
    assert answer.status_code == status
    assert said.keys() == found
    assert said["language"] == "fr"
    assert not said.get("go")
    assert ("no quiz" in said.get("error", {}).get("message", "")) == (status == 404)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"iss": "https://unknown.example.org"}, 404),
        ({"client_id": "unknown"}, 404),
        ({"lti_deployment_id": "9"}, 401),
        ({"target_link_uri": "https://evil.example.org/"}, 400),
        ({"login_hint": ""}, 400),
        ({"iss": ""}, 400),
        ({"login_hint": "x" * 5000}, 400),
    ],
)
def test_a_login_that_is_not_right_is_refused(
    platform: LearningPlatform, quiz: str, changed: dict[str, str], status: int
) -> None:
    answer = Browser().login(platform.login("ben", new_link(platform, quiz), **changed))
    assert answer.status_code == status
    assert refused(answer)


def test_a_login_may_be_posted_and_leave_out_what_it_may(platform: LearningPlatform, quiz: str) -> None:
    query = urlsplit(platform.login("ben", new_link(platform, quiz), client_id="", lti_deployment_id="")).query
    answer = httpx.post(f"{platform.tool}/lti/login", data={k: v[0] for k, v in parse_qs(query).items()})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{platform.url}/auth?")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-lti-")
    assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"} <= set(cookie.split("; "))
