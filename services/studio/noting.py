"""Tells the audit log that somebody has logged in or out; neither ever fails for it."""

from __future__ import annotations

import logging

from starlette.requests import Request

from mammoganesis.v1.audit_pb2 import NoteActionRequest
from services.access.principals import Principal
from services.observability.logs import event
from services.studio.calls import RPCS, CallFailed, Edge
from services.studio.visitors import VISITOR

logger = logging.getLogger(__name__)

NOTE_ACTION = RPCS["/mammoganesis.v1.AuditService/NoteAction"]
SECONDS = 5.0


async def noted(request: Request, action: str, principal: Principal) -> None:
    """Of whom: who does not sit at this request's browser yet, or not any more.

    Args:
        action: of `services.access.audit_entries.NOTED`.
    """
    edge: Edge = request.app.state.edge
    visitor = VISITOR.set(principal)
    try:
        await edge.answer(NOTE_ACTION, NoteActionRequest(action=action), SECONDS)
    except CallFailed as failed:
        event(logger, logging.WARNING, "not in the audit log", {"action": action, "code": failed.code.name})
    finally:
        VISITOR.reset(visitor)
