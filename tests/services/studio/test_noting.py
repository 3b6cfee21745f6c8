"""Logins are told to the audit log through a real edge, in the name of who has logged in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import grpc

from mammoganesis.v1.audit_pb2 import NoteActionRequest
from services.access.principals import Principal, Role
from services.access.shared_secrets import SharedSecret
from services.studio.calls import Edge, Terms
from services.studio.noting import noted
from services.studio.visitors import VISITOR
from services.wire.metadata import PRINCIPAL
from tests.support.edge_backend import Backend, running_edge

SECRET = "a-secret-of-the-studio-and-the-edge-0123"
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


async def test_a_login_does_not_fail_without_its_entry() -> None:
    edge = Edge("127.0.0.1:1", 2**22, Terms(secret=SharedSecret(SECRET)))
    await noted(request_to(edge), "logout", SOMEBODY)
    await edge.close()
