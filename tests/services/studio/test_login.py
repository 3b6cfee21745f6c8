"""Logging in by a certified OpenID Connect provider, over real HTTP; `pages/test_login_pages.py`: in Chromium."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.access.fetching import new_client
from services.access.provider import Client, Provider
from services.access.sessions import Lifetimes
from services.process.ports import free_block
from services.studio.login import FLOW_COOKIE, Door
from services.studio.renewal import GRANT_COOKIE
from services.studio.sessions import COOKIE, TOKEN, TOKEN_COOKIE
from tests.support.identity_provider import (
    CLIENT,
    CLIENT_SECRET,
    IdentityProvider,
    Visitor,
    identity_provider,
    new_key,
)
from tests.support.studio_server import running_studio

SECRET = "a-secret-of-the-tests-" + 20 * "1"


@dataclass
class Hospital:
    """A studio and its identity provider."""

    studio: str
    provider: IdentityProvider


@contextmanager
def hospital(
    lifetimes: Lifetimes | None = None, public: bool = False, clock: Any = time.monotonic, **settings: Any
) -> Iterator[Hospital]:
    """`public`: the studio has no secret at the provider; `settings` are the provider's."""
    port = free_block(1)
    url = f"http://127.0.0.1:{port}"
    if public:
        settings["client"] = {"token_endpoint_auth_method": "none", "client_secret": None}
    with ExitStack() as stack:
        provider = stack.enter_context(identity_provider(url, **settings))
        ours = Client(provider.issuer, CLIENT, None if public else lambda: CLIENT_SECRET)
        door = Door(Provider(ours, new_client(), clock), url, [SECRET], lifetimes or Lifetimes())
        stack.enter_context(running_studio("127.0.0.1:1", at=port, door=door))
        yield Hospital(url, provider)


@pytest.fixture(scope="module")
def place() -> Iterator[Hospital]:
    with hospital() as found:
        yield found


def failure(answer: Any) -> str:
    """What the page of the login is to say."""
    assert answer.status == 303
    where = urlsplit(answer.headers["location"])
    assert where.path == "../login"
    return parse_qs(where.query).get("failed", ["none"])[0]


def test_somebody_logs_in_and_out_again(place: Hospital) -> None:
    visitor = Visitor()
    assert visitor.session(place.studio) == "UNAUTHENTICATED"
    answer = visitor.log_in(place.studio, "educator")
    assert failure(answer) == "none"
    found = visitor.session(place.studio)
    assert (found["name"], found["roles"]) == ("Robin Educator", ["educator"])
    assert found["pages"]["cases"] == ["educator", "operator"]
    assert "educator" not in found["who"]
    kept = visitor.cookies[urlsplit(place.studio).netloc]
    assert set(kept) == {COOKIE, TOKEN_COOKIE, GRANT_COOKIE}  # none of the login itself is left
    out = visitor.ask("POST", f"{place.studio}/logout", "", **{TOKEN: kept[TOKEN_COOKIE]})
    where = urlsplit(out.json["address"])
    query = parse_qs(where.query)
    assert f"{where.scheme}://{where.netloc}" == place.provider.issuer
    assert query["post_logout_redirect_uri"] == [f"{place.studio}/login"]
    assert len(query["id_token_hint"][0].split(".")) == 3
    assert visitor.session(place.studio) == "UNAUTHENTICATED"
    asked = visitor.get(out.json["address"])
    assert (asked.status, b"Yes, end it" in asked.body) == (200, True)  # the provider takes the hint and the address


def test_a_login_asks_as_the_standard_has_it(place: Hospital) -> None:
    visitor = Visitor()
    answer = visitor.get(f"{place.studio}/login/start?lang=fr")
    query = {key: value[0] for key, value in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert query["code_challenge_method"] == "S256"
    assert len(query["code_challenge"]) == 43
    assert min(len(query["state"]), len(query["nonce"])) == 43
    assert (query["response_type"], query["scope"], query["ui_locales"]) == ("code", "openid profile", "fr")
    cookies = [value for name, value in answer.all_headers if name.lower() == "set-cookie"]
    assert len(cookies) == 1
    assert cookies[0].startswith(FLOW_COOKIE)
    assert all(rule in cookies[0] for rule in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=600"))
    assert query["state"] not in cookies[0]
    assert query["nonce"] not in cookies[0]


def test_a_public_client_logs_in_by_pkce_alone_and_roles_may_stand_in_userinfo() -> None:
    with hospital(public=True, shortIdToken=True) as place:
        visitor = Visitor()
        assert failure(visitor.log_in(place.studio, "all")) == "none"
        assert len(visitor.session(place.studio)["roles"]) == 6
        assert "/me" in place.provider.control()


def test_two_windows_log_in_at_a_time(place: Hospital) -> None:
    visitor = Visitor()
    first = visitor.callback(place.studio, "educator")
    second = visitor.callback(place.studio, "educator")
    assert [failure(visitor.get(address)) for address in (first, second)] == ["none", "none"]


def test_who_breaks_off_or_has_no_account_is_not_logged_in(place: Hospital) -> None:
    visitor = Visitor()
    assert failure(visitor.get(visitor.callback(place.studio, "educator", go="no"))) == "denied"
    assert failure(visitor.get(visitor.callback(place.studio, "stranger"))) == "denied"
    assert visitor.session(place.studio) == "UNAUTHENTICATED"


def test_an_answer_is_taken_once(place: Hospital) -> None:
    """A replayed code, in the same browser and, as an attacker has it, in another one."""
    visitor = Visitor()
    address = visitor.callback(place.studio)
    attacker = Visitor()
    assert failure(attacker.get(address)) == "begun"
    attacker.get(f"{place.studio}/login/start")
    assert failure(attacker.get(address)) == "begun"
    assert attacker.session(place.studio) == "UNAUTHENTICATED"
    assert failure(visitor.get(address)) == "none"
    assert failure(visitor.get(address)) == "begun"


def test_a_code_of_another_login_is_refused_by_the_provider(place: Hospital) -> None:
    """Injected into a flow of the attacker's own: PKCE."""
    victim, attacker = Visitor(), Visitor()
    stolen = parse_qs(urlsplit(victim.callback(place.studio)).query)["code"][0]
    own = attacker.callback(place.studio, "learner")
    code = parse_qs(urlsplit(own).query)["code"][0]
    assert failure(attacker.get(own.replace(code, stolen))) == "answer"
    assert attacker.session(place.studio) == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda address: address + "x", "answer"),  # the issuer, which stands last
        (lambda address: address.split("&iss=")[0], "answer"),
        (lambda address: address.split("&iss=")[0] + "&iss=https://attacker.example", "answer"),
        (lambda address: address.replace("state=", "state=x"), "begun"),
        (lambda address: address.replace("state=", "other="), "begun"),
        (lambda address: address + "&code=second", "answer"),
        (lambda address: address.replace("code=", "other="), "answer"),
        (lambda address: address.replace("code=", "code=x"), "answer"),
        (lambda address: address + "&error=access_denied", "denied"),
        (lambda address: address + "&error=server_error", "provider"),
        (lambda address: address.partition("?")[0], "begun"),
    ],
)
def test_an_answer_that_was_changed_logs_nobody_in(place: Hospital, change: Any, reason: str) -> None:
    visitor = Visitor()
    assert failure(visitor.get(change(visitor.callback(place.studio)))) == reason
    assert visitor.session(place.studio) == "UNAUTHENTICATED"


def test_a_login_is_a_new_session_whatever_cookies_there_were(place: Hospital) -> None:
    attacker, victim = Visitor(), Visitor()
    attacker.log_in(place.studio, "learner")
    netloc = urlsplit(place.studio).netloc
    planted = dict(attacker.cookies[netloc])
    victim.cookies[netloc] = dict(planted)
    assert failure(victim.log_in(place.studio, "operator")) == "none"
    assert victim.session(place.studio)["roles"] == ["operator"]
    assert not set(planted.values()) & set(victim.cookies[netloc].values())
    assert attacker.session(place.studio) == "UNAUTHENTICATED"  # the session that was planted has ended


def test_a_provider_that_is_away_is_told_and_logins_go_on_when_it_is_back() -> None:
    with hospital() as place:
        visitor = Visitor()
        place.provider.stop()
        assert failure(visitor.get(f"{place.studio}/login/start")) == "provider"
        place.provider.start()
        address = visitor.callback(place.studio)
        place.provider.control(broken=True)
        assert failure(visitor.get(address)) == "provider"
        place.provider.control(broken=False)
        assert failure(visitor.log_in(place.studio)) == "none"
        place.provider.stop()
        assert visitor.session(place.studio)["roles"] == ["educator"]  # who is logged in stays so
        token = visitor.cookies[urlsplit(place.studio).netloc][TOKEN_COOKIE]
        assert visitor.ask("POST", f"{place.studio}/logout", "", **{TOKEN: token}).status == 200


def test_the_providers_keys_change() -> None:
    passed = 0.0
    with hospital(clock=lambda: time.monotonic() + passed) as place:
        assert failure(Visitor().log_in(place.studio)) == "none"
        place.provider.stop()
        place.provider.keys = [new_key("two")]
        place.provider.start()
        assert failure(Visitor().log_in(place.studio)) == "answer"  # within half a minute nobody has keys fetched twice
        passed = 31
        assert failure(Visitor().log_in(place.studio)) == "none"


def test_roles_follow_the_provider_and_who_is_gone_is_out() -> None:
    with hospital(Lifetimes(roles=0)) as place:
        visitor = Visitor()
        visitor.log_in(place.studio, "educator")
        place.provider.control(accounts={"educator": {"roles": ["learner", "researcher"], "name": "Robin R."}})
        found = visitor.session(place.studio)
        assert (found["name"], found["roles"]) == ("Robin R.", ["learner", "researcher"])
        netloc = urlsplit(place.studio).netloc
        before = dict(visitor.cookies[netloc])
        assert visitor.session(place.studio)["roles"] == ["learner", "researcher"]
        late = Visitor({netloc: before})  # a request that was under way with the cookies from before
        assert late.session(place.studio)["roles"] == ["learner", "researcher"]
        place.provider.control(broken=True)
        assert visitor.session(place.studio)["roles"] == ["learner", "researcher"]

    with hospital(Lifetimes(roles=0)) as place:
        visitor = Visitor()
        visitor.log_in(place.studio, "educator")
        place.provider.control(accounts={"educator": None})
        assert visitor.session(place.studio) == "UNAUTHENTICATED"


def test_the_provider_ends_sessions_of_its_own(place: Hospital) -> None:
    """Back-channel logout: what ends at the provider ends here, and nobody else's does."""
    visitor, other = Visitor(), Visitor()
    visitor.log_in(place.studio, "researcher")
    other.log_in(place.studio, "researcher")
    kept = visitor.cookies[urlsplit(place.studio).netloc]
    copied = Visitor({urlsplit(place.studio).netloc: dict(kept)})
    form = visitor.get(f"{place.provider.issuer}/session/end")
    secret = form.body.decode().split('name="xsrf" value="')[1].split('"')[0]
    end = {"content-type": "application/x-www-form-urlencoded"}
    visitor.ask("POST", f"{place.provider.issuer}/session/end/confirm", f"xsrf={secret}&logout=yes", **end)
    deadline = time.monotonic() + 60
    while copied.session(place.studio) != "UNAUTHENTICATED":
        assert time.monotonic() < deadline
    assert other.session(place.studio)["roles"] == ["researcher"]


@pytest.mark.parametrize("body", ["", "logout_token=", "logout_token=a.b.c", "logout_token=eyJhbGciOiJub25lIn0.e30."])
def test_a_logout_that_the_provider_has_not_signed_ends_nothing(place: Hospital, body: str) -> None:
    visitor = Visitor()
    visitor.log_in(place.studio)
    answer = Visitor().ask("POST", f"{place.studio}/login/ended", body)
    assert answer.error[:2] == (400, "UNAUTHENTICATED")
    assert visitor.session(place.studio)["roles"] == ["educator"]


def test_too_many_logins_within_a_minute_are_told() -> None:
    with running_studio("127.0.0.1:1", door=Door(None, "http://127.0.0.1:1", [SECRET])) as port:
        studio = f"http://127.0.0.1:{port}"
        found = [failure(Visitor().get(f"{studio}/login/start")) for _ in range(70)]
    assert set(found[:60]) == {"setup"}  # no provider is set there
    assert set(found[60:]) == {"often"}
