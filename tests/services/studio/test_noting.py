"""Logins are told to the audit log through a real edge, in the name of who has logged in."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc

from mammoganesis.v1.audit_pb2 import AuditEntry, AuditFilter, ListAuditRequest, NoteActionRequest
from mammoganesis.v1.audit_pb2_grpc import AuditServiceStub
from services.access import assertions
from services.access.principals import Principal, Role
from services.access.sealed import Seal
from services.access.sessions import Session
from services.access.shared_secrets import SharedSecret
from services.studio.calls import Edge, Terms
from services.studio.login import Door
from services.studio.noting import noted
from services.studio.sessions import COOKIE, TOKEN
from services.studio.visitors import VISITOR
from services.wire.metadata import PRINCIPAL
from tests.support.edge_backend import Backend, running_edge
from tests.support.recorded import recorded
from tests.support.studio_server import running_studio, send

SECRET = "a-secret-of-the-studio-and-the-edge-0123"
AUDITOR = Principal("https://issuer.example", "auditor", frozenset({Role.AUDITOR}))
SOMEBODY = Principal("https://issuer.example", "somebody", frozenset({Role.LEARNER}))


def request_to(edge: Edge) -> Any:
    return SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace(edge=edge)))


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
            found: list[AuditEntry] = []
            with grpc.insecure_channel(running.address) as channel:
                while len(found) < 3:  # told a moment later; the test's own time limit ends the wait
                    word = (assertions.METADATA, assertions.said(AUDITOR, SECRET))
                    asked = ListAuditRequest(filter=AuditFilter(about="action:refused"))
                    found = list(AuditServiceStub(channel).ListAudit(asked, metadata=[word]).entries)
    assert {target for each in found for target in each.targets} == {"action:refused", *expected}
    assert {each.outcome for each in found} == {"PERMISSION_DENIED"}
    assert {each.who for each in found} == {SOMEBODY.key}


async def test_a_login_does_not_fail_without_its_entry() -> None:
    edge = Edge("127.0.0.1:1", 2**22, Terms(secret=SharedSecret(SECRET)))
    await noted(request_to(edge), "logout", SOMEBODY)
    await edge.close()
