"""Sessions in cookies: who has one is known, who has none or an old one is not, and no other page uses it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mammoganesis.errors import FailedPrecondition
from services.access.principals import Principal, Role
from services.access.sealed import Seal
from services.access.sessions import Lifetimes, Session
from services.studio.sessions import (
    COOKIE,
    TOKEN,
    TOKEN_COOKIE,
    Sessions,
    Visits,
    end_session,
    principal_of,
    start_session,
)
from services.studio.visitors import VISITOR
from tests.support.hostile_tokens import altered
from tests.support.http_servers import running_app
from tests.support.studio_server import Answer, send

SECRET, NEWER = "a-secret-of-the-tests-" + 20 * "1", "a-secret-of-the-tests-" + 20 * "2"
ADA = Principal("https://id.example", "ada", frozenset({Role.EDUCATOR}), ("radiology",), "Ada L.")


async def _start(request: Request) -> Response:
    answer = Response("started")
    groups = tuple(f"group-{number:040}" for number in range(int(request.query_params.get("groups", 1))))
    start_session(request, answer, replace(ADA, groups=groups), framed="framed" in request.query_params)
    return answer


async def _end(request: Request) -> Response:
    answer = Response("ended")
    end_session(request, answer)
    return answer


async def _who(request: Request) -> Response:
    principal, visitor = principal_of(request), VISITOR.get()
    told = {"who": principal.key, "name": principal.name, "roles": sorted(principal.roles)}
    return JSONResponse({**told, "visitor": visitor and visitor.key})


def _app(sessions: Sessions | None) -> Starlette:
    routes = [Route("/who", _who, methods=["GET", "POST"]), Route("/start", _start), Route("/end", _end)]
    app = Starlette(routes=routes, middleware=[Middleware(Visits, sessions=sessions)])
    app.state.refusals = SimpleNamespace(note=lambda _: None)
    return app


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with running_app(_app(Sessions([SECRET]))) as port:
        yield port


def cookies_of(answer: Answer) -> dict[str, tuple[str, set[str]]]:
    """Value and attributes of each cookie that an answer sets."""
    found = {}
    for name, value in answer.all_headers:
        if name.lower() == "set-cookie":
            pair, *rules = value.split("; ")
            key, _, content = pair.partition("=")
            found[key] = content, set(rules)
    return found


def started(port: int, path: str = "/start", headers: dict[str, str] | None = None) -> tuple[str, str]:
    """Cookie header and token of a new session."""
    found = cookies_of(send(port, "GET", path, headers=headers or {}))
    return f"{COOKIE}={found[COOKIE][0]}", found[TOKEN_COOKIE][0]


def who(port: int, cookie: str) -> Any:
    return send(port, "GET", "/who", headers={"cookie": cookie}).json


def test_without_identity_everybody_is_everybody() -> None:
    with running_app(_app(None)) as port:
        answer = send(port, "POST", "/who", "", {"sec-fetch-site": "cross-site"})
    assert answer.json == {"who": "nobody|everybody", "name": "", "roles": sorted(Role), "visitor": None}


def test_who_has_logged_in_is_known_and_who_has_not_is_nobody(port: int) -> None:
    assert who(port, "other=1")["who"] == "nobody|anonymous"
    assert who(port, "other=1")["visitor"] is None
    cookie, _ = started(port)
    expected = {"who": ADA.key, "name": "Ada L.", "roles": ["educator"], "visitor": ADA.key}
    assert who(port, f"other=1; {cookie}; more=2") == expected


def test_cookies_are_locked_to_this_host_and_scripts_read_the_token_alone(port: int) -> None:
    found = cookies_of(send(port, "GET", "/start", headers={}))
    common = {"Path=/", "Secure", f"Max-Age={Lifetimes().whole}"}
    assert found[COOKIE][1] == {*common, "SameSite=Lax", "HttpOnly"}
    assert found[TOKEN_COOKIE][1] == {*common, "SameSite=Lax"}
    framed = cookies_of(send(port, "GET", "/start?framed", headers={}))
    assert framed[COOKIE][1] == {*common, "SameSite=None", "Partitioned", "HttpOnly"}
    assert all(name.startswith("__Host-") for name in found)
    assert not any("Ada" in value or "radiology" in value for value, _ in found.values())


def test_a_login_is_a_new_session_and_the_one_before_has_ended(port: int) -> None:
    """Fixation: what somebody had before, or gave another, is worth nothing after."""
    before, token = started(port)
    after, new_token = started(port, headers={"cookie": before})
    assert (before != after, token != new_token) == (True, True)
    assert who(port, before)["who"] == "nobody|anonymous"
    assert who(port, after)["who"] == ADA.key


def test_who_has_logged_out_is_nobody_and_so_is_a_copy_of_the_cookie(port: int) -> None:
    cookie, _ = started(port)
    found = cookies_of(send(port, "GET", "/end", headers={"cookie": cookie}))
    assert {name: value for name, (value, _) in found.items()} == {COOKIE: "", TOKEN_COOKIE: ""}
    assert all("Max-Age=0" in rules for _, rules in found.values())
    assert who(port, cookie)["who"] == "nobody|anonymous"


def test_an_altered_cookie_is_none(port: int) -> None:
    cookie, _ = started(port)
    sealed = cookie.partition("=")[2]
    wrong = [*list(altered(sealed))[::25], sealed[:-1], f"{sealed}a", "", "a.b.c.d.e", sealed.replace(".", "")]
    assert {who(port, f"{COOKIE}={text}")["who"] for text in wrong} == {"nobody|anonymous"}
    assert who(port, f"{COOKIE}=x; {cookie}")["who"] == ADA.key  # another's beside it changes nothing


@pytest.mark.parametrize("purpose", ["flow", "grant"])
def test_what_was_sealed_for_something_else_is_no_session(port: int, purpose: str) -> None:
    session = Session.begin(ADA, int(time.time()))
    assert who(port, f"{COOKIE}={Seal([SECRET], 'session').sealed(session.to_json())}")["who"] == ADA.key
    assert who(port, f"{COOKIE}={Seal([SECRET], purpose).sealed(session.to_json())}")["who"] == "nobody|anonymous"


def _sealed(session: Session) -> str:
    return f"{COOKIE}={Seal([SECRET], 'session').sealed(session.to_json())}"


def test_sessions_end_at_their_time_and_when_nobody_is_there(port: int) -> None:
    now, lifetimes = int(time.time()), Lifetimes()
    fresh = Session.begin(ADA, now)
    old = replace(fresh, begun=now - lifetimes.whole)
    idle = replace(fresh, begun=now - lifetimes.idle, seen=now - lifetimes.idle)
    lasting = replace(fresh, begun=now - lifetimes.whole + 300, seen=now - lifetimes.idle + 300)
    found = [who(port, _sealed(session))["who"] for session in (fresh, old, idle, lasting)]
    assert found == [ADA.key, "nobody|anonymous", "nobody|anonymous", ADA.key]


def test_a_session_goes_on_while_somebody_is_there_but_not_beyond_its_end(port: int) -> None:
    now = int(time.time())
    session = replace(Session.begin(ADA, now), begun=now - 3600, seen=now - 300)
    found = cookies_of(send(port, "GET", "/who", headers={"cookie": _sealed(session)}))
    content = Seal([SECRET], "session").opened(found[COOKIE][0])
    assert content is not None
    assert (content["id"], content["begun"], content["token"]) == (session.id, session.begun, session.token)
    assert now <= content["seen"] <= now + 60
    ages = [int(rule.partition("=")[2]) for rule in found[COOKIE][1] if rule.startswith("Max-Age")]
    assert Lifetimes().whole - 3700 < ages[0] <= Lifetimes().whole - 3600
    recent = replace(session, seen=now)
    assert cookies_of(send(port, "GET", "/who", headers={"cookie": _sealed(recent)})) == {}


def test_the_secret_is_changed_without_logging_anybody_out() -> None:
    with running_app(_app(Sessions([NEWER, SECRET]))) as port:
        cookie = _sealed(Session.begin(ADA, int(time.time())))
        assert who(port, cookie)["who"] == ADA.key
        newer, _ = started(port)
    with running_app(_app(Sessions([NEWER]))) as port:
        assert who(port, newer)["who"] == ADA.key
        assert who(port, cookie)["who"] == "nobody|anonymous"


SAME = {"sec-fetch-site": "same-origin"}


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, TOKEN),
        (SAME, TOKEN),
        ({**SAME, TOKEN: "guessed"}, TOKEN),
        ({"sec-fetch-site": "cross-site", TOKEN: "right"}, "sec-fetch-site: 'cross-site'"),
        ({"sec-fetch-site": "same-site", TOKEN: "right"}, "sec-fetch-site: 'same-site'"),
        ({"sec-fetch-site": "none", TOKEN: "right"}, "sec-fetch-site: 'none'"),
        ({"origin": "https://attacker.example", TOKEN: "right"}, "origin: 'https://attacker.example'"),
        ({"origin": "null", TOKEN: "right"}, "origin: 'null'"),
        ({"origin": "http://127.0.0.1:1", TOKEN: "right"}, "origin: "),
    ],
)
def test_a_change_that_another_page_may_have_asked_for_is_refused(
    port: int, headers: dict[str, str], words: str
) -> None:
    cookie, token = started(port)
    sent = {name: token if value == "right" else value for name, value in headers.items()}
    answer = send(port, "POST", "/who", "", {"cookie": cookie, **sent})
    assert answer.error[:2] == (403, "PERMISSION_DENIED")
    assert words in answer.error[2]


def test_a_change_of_the_studios_own_page_is_made(port: int) -> None:
    cookie, token = started(port)
    for headers in (SAME, {"origin": f"http://127.0.0.1:{port}"}, {}):
        sent = {"cookie": cookie, TOKEN: token, **headers}
        assert send(port, "POST", "/who", "", sent).json["who"] == ADA.key
    another, _ = started(port)  # the token is of one session
    assert send(port, "POST", "/who", "", {"cookie": another, TOKEN: token, **SAME}).status == 403


def test_who_has_no_session_has_none_to_lose(port: int) -> None:
    """A call without a login, such as of a quiz's taker from another site's page, is judged by its own rules."""
    assert send(port, "POST", "/who", "", {"sec-fetch-site": "cross-site"}).json["who"] == "nobody|anonymous"


def test_a_principal_with_more_groups_than_a_cookie_takes_is_refused_with_a_reason(port: int) -> None:
    assert send(port, "GET", "/start?groups=20", headers={}).status == 200
    request = Request({"type": "http", "headers": [], "mammoganesis.visit": (Sessions([SECRET]), None)})
    many = replace(ADA, groups=tuple(secrets.token_hex(60) for _ in range(64)))
    with pytest.raises(FailedPrecondition, match="64 groups; a browser keeps"):
        start_session(request, Response(), many)
    with pytest.raises(FailedPrecondition, match="identity: off"):
        start_session(Request({"type": "http", "headers": []}), Response(), ADA)
