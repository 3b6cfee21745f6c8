"""Logins are told to the audit log through a real edge, in the name of who has logged in."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from mammoganesis.v1.audit_pb2 import AuditEntry, AuditFilter, ListAuditRequest, NoteActionRequest
from mammoganesis.v1.audit_pb2_grpc import AuditServiceStub
from mammoganesis.v1.cases_pb2 import OpenLinkRequest
from services.access import assertions
from services.access.claims import Reading
from services.access.fetching import new_client
from services.access.principals import ANONYMOUS, Principal, Role
from services.access.provider import Client, Provider
from services.access.sealed import Seal
from services.access.sessions import Session
from services.access.shared_secrets import SharedSecret
from services.launch.health import studio_answers
from services.studio.app import Place
from services.studio.calls import Edge, Terms
from services.studio.login import Door
from services.studio.noting import noted
from services.studio.sessions import COOKIE, TOKEN
from services.studio.visitors import VISITOR
from services.wire.metadata import PRINCIPAL
from tests.support.edge_backend import Backend, running_edge
from tests.support.recorded import recorded
from tests.support.studio_server import running_studio, send

PROTO = {"content-type": "application/proto"}
SECRET = "a-secret-of-the-studio-and-the-edge-0123"
AUDITOR = Principal("https://issuer.example", "auditor", frozenset({Role.AUDITOR}))
SOMEBODY = Principal("https://issuer.example", "somebody", frozenset({Role.LEARNER}))


def request_to(edge: Edge) -> Any:
    return SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace(edge=edge)))


def told(edge: str, who: Principal, count: int) -> list[AuditEntry]:
    """Somebody's entries, once they are of so much; the test's own time limit ends the wait."""
    found: list[AuditEntry] = []
    with grpc.insecure_channel(edge) as channel:
        while sum(entry.count for entry in found) < count:
            word = (assertions.METADATA, assertions.said(AUDITOR, SECRET))
            asked = ListAuditRequest(filter=AuditFilter(who=who.key))
            found = list(AuditServiceStub(channel).ListAudit(asked, metadata=[word]).entries)
            time.sleep(0.2)
    return found


async def test_who_has_logged_in_is_named() -> None:
    backend, actions = Backend(), []

    async def note(body: bytes, context: grpc.aio.ServicerContext) -> bytes:
        actions.append(NoteActionRequest.FromString(body).action)
        return b""

    backend.unary("/mammoganesis.v1.AuditService/NoteAction", note)
    async with running_edge(backend, identity="on", studio_secret=SECRET) as running:
        edge = Edge(f"127.0.0.1:{running.port}", 2**22, Terms(secret=SharedSecret(SECRET)))
        await noted(request_to(edge), "login", SOMEBODY)
        await edge.close()
    assert actions == ["login"]
    assert Principal.from_metadata(str(backend.seen[-1][PRINCIPAL])) == SOMEBODY
    assert VISITOR.get() is None


def test_what_the_studio_refuses_is_told_and_nothing_waits_for_it(tmp_path: Path) -> None:
    """A page of another role, an RPC of another role and a change that another site's page has asked for."""
    with recorded(tmp_path, edge={"identity": "on", "studio_secret": SECRET}) as running:
        terms, door = Terms(secret=SharedSecret(SECRET)), Door(None, "http://127.0.0.1:1", [SECRET])
        with running_studio(running.address, terms=terms, door=door) as port:
            session = Session.begin(SOMEBODY, int(time.time()))
            sealed = Seal([SECRET], "session").sealed(session.to_json())
            mine = {"cookie": f"{COOKIE}={sealed}", TOKEN: session.token, "content-type": "application/proto"}
            assert send(port, "GET", "/study?x=secret", None, mine).status == 403
            assert send(port, "POST", "/mammoganesis.v1.CaseService/SaveCase", b"", mine).status == 403
            assert send(port, "POST", "/logout", "{}", {**mine, "sec-fetch-site": "cross-site"}).status == 403
            expected = {"address:GET /study", "rpc:CaseService/SaveCase", "address:POST /logout"}
            found = told(running.address, SOMEBODY, 3)
    assert {target for each in found for target in each.targets} == {"action:refused", *expected}
    assert {each.outcome for each in found} == {"PERMISSION_DENIED"}
    assert {each.who for each in found} == {SOMEBODY.key}


def door_of_nobody() -> Door:
    """Of a provider that is not there."""
    provider = Provider(Client("http://127.0.0.1:1", "studio", None, "openid", Reading("roles")), new_client())
    return Door(provider, "http://127.0.0.1:1", [SECRET])


BEHIND = {"x-forwarded-for": "203.0.113.9, 198.51.100.7"}


@pytest.mark.parametrize(
    ("trusted", "host"), [((), "ipv4:127.0.0.1"), (("127.0.0.0/8", "198.51.100.7/32"), "ipv4:203.0.113.9")]
)
def test_who_has_not_logged_in_is_told_of_from_where_the_browser_is(
    tmp_path: Path, trusted: tuple[str, ...], host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page's request, a call, a logout that nobody signed; a header about where is believed from the proxies of the
    settings alone."""
    monkeypatch.setattr("services.access.refusals.SECONDS", 0.5)
    with recorded(tmp_path, edge={"identity": "on", "studio_secret": SECRET}) as running:
        terms, door = Terms(secret=SharedSecret(SECRET)), door_of_nobody()
        place = Place(trusted_proxies=trusted)
        with running_studio(running.address, terms=terms, door=door, place=place) as port:
            for _ in range(3):
                assert send(port, "GET", "/curation", None, BEHIND).status == 401
            rpc = "/mammoganesis.v1.CaseService/ListCases"
            assert send(port, "POST", rpc, b"", {**BEHIND, "content-type": "application/proto"}).status == 401
            assert send(port, "POST", "/login/ended", "logout_token=a.b.c", BEHIND).status == 400
            assert send(port, "GET", "/session", None, BEHIND).status == 401  # a question, and no refusal
            opened = OpenLinkRequest(token="A-token-that-nobody-guesses-012345").SerializeToString()
            send(port, "POST", "/mammoganesis.v1.CaseService/OpenLink", opened, {**BEHIND, **PROTO})
        found = told(running.address, ANONYMOUS, 6)
    assert {each.host for each in found} == {host}
    assert {each.who for each in found} == {ANONYMOUS.key}
    counts: Counter[tuple[str, str]] = Counter()
    for each in found:
        counts[each.targets[-1], each.outcome] += each.count
    assert {about: count for (about, outcome), count in counts.items() if outcome == "UNAUTHENTICATED"} == {
        "address:GET /curation": 3,
        "address:POST /login/ended": 1,
        "rpc:CaseService/ListCases": 1,
    }
    assert {each.action for each in found} == {"AuditService/NoteAction", "CaseService/OpenLink"}


async def test_a_login_does_not_fail_without_its_entry() -> None:
    edge = Edge("127.0.0.1:1", 2**22, Terms(secret=SharedSecret(SECRET)))
    await noted(request_to(edge), "logout", SOMEBODY)
    await edge.close()


def test_the_launchers_question_whether_the_studio_is_well_leaves_nothing(tmp_path: Path) -> None:
    """It comes every two seconds: of any other address than the open one it would be a refusal each time."""
    with recorded(tmp_path, edge={"identity": "on", "studio_secret": SECRET}) as running:
        terms = Terms(secret=SharedSecret(SECRET))
        with running_studio(running.address, terms=terms, door=door_of_nobody()) as port:
            for _ in range(3):
                assert studio_answers("127.0.0.1", port)
            assert send(port, "GET", "/curation").status == 401
        found = told(running.address, ANONYMOUS, 1)
    assert [entry.targets[-1] for entry in found] == ["address:GET /curation"]
