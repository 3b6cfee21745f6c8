"""Every address of the studio against every role and against nobody: what the table of roles says, nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from prometheus_client import generate_latest
from starlette.routing import Mount, Route

from services.access import permissions
from services.access.permissions import ACTIONS, ANYONE, CALLS, ROUTES, RPCS, Action, pages
from services.access.principals import Principal, Role
from services.access.sealed import Seal
from services.access.sessions import Session
from services.observability import metrics
from services.observability.prometheus import PrometheusRecorder
from services.studio.app import DENIED, Place, create_app
from services.studio.login import Door
from services.studio.sessions import COOKIE, TOKEN
from tests.places import ROOT
from tests.support.studio_server import Answer, running_studio, send

SECRET = "a-secret-of-the-tests-" + 20 * "1"
DOOR = Door(None, "http://127.0.0.1:1", [SECRET])
HTML = {"accept": "text/html,application/xhtml+xml"}
NOBODY = "nobody"


def cookies(*roles: Role) -> dict[str, str]:
    """Of somebody who is logged in with these roles."""
    session = Session.begin(Principal("https://id.example", "somebody", frozenset(roles)), int(time.time()))
    return {"cookie": f"{COOKIE}={Seal([SECRET], 'session').sealed(session.to_json())}", TOKEN: session.token}


WHO = (NOBODY, "no role", *(role.value for role in Role))


def sent_by(who: str) -> dict[str, str]:
    """A new session each time: some addresses end it."""
    if who == NOBODY:
        return {}
    return cookies(*(role for role in Role if role.value == who))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Nobody is behind it: what is let through fails in another way."""
    with running_studio("127.0.0.1:1", door=DOOR) as port:
        yield port


def test_every_address_has_a_row_and_every_row_is_one() -> None:
    found = {CALLS}
    for route in create_app("127.0.0.1:1", door=DOOR).routes:
        assert isinstance(route, Route | Mount)
        methods = route.methods if isinstance(route, Route) and route.path != CALLS else {"GET"}
        found |= {f"{method} {route.path.rstrip('/') or '/'}" for method in methods or set() if method != "HEAD"}
    assert found - {CALLS, f"GET {CALLS}"} == set(ROUTES)


def allowed(row: str, who: str) -> bool:
    roles = RPCS[row] if row in RPCS else ROUTES[row]
    return roles is ANYONE or who in {role.value for role in roles}


def refused(answer: Answer) -> str:
    """The status of a refusal by the table; "" where something else has answered."""
    by_the_table = answer.status in (401, 403) and ("your roles" in answer.error[2] or "log in" in answer.error[2])
    return answer.error[1] if by_the_table else ""


def asked(port: int, row: str, who: str) -> Answer:
    if row in RPCS:
        return send(port, "POST", row, b"", {"content-type": "application/proto", **sent_by(who)})
    method, path = row.split()
    headers = {"content-type": "application/json", **sent_by(who)}
    return send(port, method, path.replace("{kind}", "sheet"), "{}" if method == "POST" else None, headers)


@pytest.mark.parametrize("who", WHO)
def test_whoever_asks_has_what_the_table_says(port: int, who: str) -> None:
    for row in [*ROUTES, *RPCS]:
        expected = "UNAUTHENTICATED" if who == NOBODY else "PERMISSION_DENIED"
        assert refused(asked(port, row, who)) == ("" if allowed(row, who) else expected), row


@pytest.mark.parametrize("who", WHO)
def test_a_page_leads_to_the_login_or_says_that_it_is_not_for_this_role(port: int, who: str) -> None:
    for name in ("", "cases", "study", "jobs", "audit", "verify", "curate", "quiz", "reading", "share", "login"):
        answer = send(port, "GET", f"/{name}?lang=fr", headers={**HTML, **sent_by(who)})
        if allowed(f"GET /{name}", who):
            assert answer.status == 200, name
            assert answer.headers["cache-control"] == ("no-cache" if who == NOBODY else "no-store")
        elif who == NOBODY:
            back = f"{name}%3Flang%3Dfr"
            assert (answer.status, answer.headers["location"]) == (303, f"login?to={back}")
        elif not name and who != "no role":  # whoever has asked for no page is led to one: nothing is refused
            assert (answer.status, answer.body) == (200, DENIED.read_bytes())
            assert answer.headers["cache-control"] == "no-store"
        else:
            assert (answer.status, answer.body) == (403, DENIED.read_bytes())
            assert answer.headers["content-type"].startswith("text/html")


def test_sessions_logins_and_refusals_are_counted(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = PrometheusRecorder()
    monkeypatch.setattr(metrics, "_recorder", recorder)
    with running_studio("127.0.0.1:1", door=DOOR) as port:
        mine = cookies(Role.LEARNER)
        assert send(port, "GET", "/verify", headers=mine).status == 200
        assert send(port, "GET", "/study", headers=mine).status == 403
        assert send(port, "GET", "/study", headers=HTML).status == 303  # led to the login: no refusal
        assert send(port, "GET", "/dicom").status == 401
        assert send(port, "POST", "/logout", "", {**mine, "sec-fetch-site": "cross-site"}).status == 403
        assert send(port, "POST", "/logout", "", mine).status == 200
        assert send(port, "GET", "/login/start").status == 303  # to the page that says that there is no provider
    told = generate_latest(recorder.registry).decode()
    for line in (
        "mammoganesis_studio_sessions 1.0",
        'mammoganesis_studio_refusals_total{reason="permission"} 1.0',
        'mammoganesis_studio_refusals_total{reason="unauthenticated"} 1.0',
        'mammoganesis_studio_refusals_total{reason="forged"} 1.0',
        'mammoganesis_studio_logins_total{login="setup"} 1.0',
        "mammoganesis_studio_logouts_total 1.0",
    ):
        assert line in told


def test_the_first_page_says_which_pages_there_are(port: int) -> None:
    told = send(port, "GET", "/session", headers=cookies(Role.LEARNER)).json
    assert (told["roles"], told["unmarked"]) == (["learner"], False)
    assert send(port, "GET", "/session", headers=cookies(Role.RESEARCHER)).json["unmarked"] is True
    assert set(told["pages"]) == set(pages())
    assert [name for name, roles in told["pages"].items() if "learner" in roles] == ["studio", "verify"]


def test_under_a_path_the_login_is_found_beside_the_page() -> None:
    with running_studio("127.0.0.1:1", door=DOOR, place=Place(base_path="/some/path")) as port:
        answer = send(port, "GET", "/some/path/cases", headers=HTML)
        assert (answer.status, answer.headers["location"]) == (303, "login?to=cases")
        rpc = send(port, "POST", "/some/path/mammoganesis.v1.ModelService/GetModel", b"", {})
        assert rpc.error[:2] == (401, "UNAUTHENTICATED")


def test_without_identity_nobody_is_asked() -> None:
    with running_studio("127.0.0.1:1") as port:
        for row in ROUTES:
            if "/log" not in row and "/session" not in row:
                assert refused(asked(port, row, NOBODY)) == "", row
        assert send(port, "GET", "/session", headers={}).status == 404
        assert send(port, "GET", "/login/start", headers={}).status == 404
        login = send(port, "GET", "/login?lang=fr", headers=HTML)
        assert (login.status, login.headers["location"]) == (303, "./?lang=fr")


def test_a_call_of_another_sites_page_is_refused_so_that_it_can_read_why() -> None:
    place = Place(allowed_origins=("https://lms.example.org",))
    with running_studio("127.0.0.1:1", door=DOOR, place=place) as port:
        headers = {"origin": "https://lms.example.org", "content-type": "application/json"}
        answer = send(port, "POST", "/mammoganesis.v1.SamplingService/Sample", "{}", headers)
        assert answer.error[:2] == (401, "UNAUTHENTICATED")
        assert answer.headers["access-control-allow-origin"] == "https://lms.example.org"
        headers |= cookies(Role.LEARNER)
        stolen = send(port, "POST", "/mammoganesis.v1.SamplingService/Sample", "{}", headers)
        assert stolen.error[:2] == (403, "PERMISSION_DENIED")


def test_an_address_without_a_row_is_refused_to_all(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setattr(permissions, "ROUTES", {})
    assert send(port, "GET", "/verify", headers=cookies(*Role)).status == 403


def test_the_page_on_security_shows_who_may_have_which_page() -> None:
    shown = (ROOT / "docs" / "security.md").read_text().partition("| page | for |\n|---|---|\n")[2].partition("\n\n")[0]
    rows = dict(line.strip("| ").split(" | ") for line in shown.splitlines())
    names = {"studio": "Studio", "cases": "Cases", "study": "Reader studies, Jobs", "jobs": "Reader studies, Jobs"}
    names |= {"audit": "Audit", "verify": "Verify", "curate": "Curate", "lti": "Learning platforms"}
    for page, roles in pages().items():
        told = "everybody who is logged in" if roles == frozenset(Role) else ", ".join(r for r in Role if r in roles)
        assert rows[names[page]] == told
    assert set(rows) == {*names.values(), "a quiz, a shared case, a reading"}


def test_servers_are_named_to_those_who_may_send_to_them() -> None:
    server = "Archive=stow:http://127.0.0.1:1/dicom-web"
    with running_studio("127.0.0.1:1", door=DOOR, dicom_servers=[server]) as port:
        for role in sorted(ROUTES["GET /dicom"] or ()):
            told = send(port, "GET", "/dicom", None, cookies(role)).json
            assert told == {"servers": ["Archive"] if role in ACTIONS[Action.SEND] else []}, role
