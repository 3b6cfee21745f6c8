"""Tells the audit log what is no call: logins, refusals by the studio itself, and what it does by itself. Nothing ever
fails for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from starlette.requests import HTTPConnection

from mammoganesis.errors import shown
from mammoganesis.v1.audit_pb2 import NoteActionRequest
from services.access.audit_entries import MAX_NOTED_CHARACTERS
from services.access.principals import EVERYBODY, Principal
from services.observability.logs import event
from services.observability.occasionally import Occasionally
from services.studio.calls import RPCS, CallFailed, Edge
from services.studio.visitors import VISITOR

logger = logging.getLogger(__name__)

NOTE_ACTION = RPCS["/mammoganesis.v1.AuditService/NoteAction"]
SECONDS = 5.0
MAX_UNDER_WAY = 64
"""Refusals on their way to the log; of more the log of this process alone says that there were."""
_UNDER_WAY: set[asyncio.Task[None]] = set()
_LINES = Occasionally()


async def noted(
    request: HTTPConnection, action: str, principal: Principal, about: Sequence[str] = (), outcome: str = "OK"
) -> None:
    """Of whom: who need not sit at this request's browser yet, or any more.

    Args:
        action: of `services.access.audit_entries.NOTED`.
        about: targets, such as "dicom_server:Archive".
        outcome: name of a gRPC status.
    """
    edge: Edge = request.app.state.edge
    visitor = VISITOR.set(None if principal == EVERYBODY else principal)
    told = NoteActionRequest(action=action, outcome=outcome, about=[text[:MAX_NOTED_CHARACTERS] for text in about])
    try:
        await edge.answer(NOTE_ACTION, told, SECONDS)
    except CallFailed as failed:
        event(logger, logging.WARNING, "not in the audit log", {"action": action, "code": failed.code.name})
    finally:
        VISITOR.reset(visitor)


def refusal_noted(request: HTTPConnection, principal: Principal, path: str) -> None:
    """Somebody who is known was refused an address of the studio; told in a moment, the answer does not wait."""
    if len(_UNDER_WAY) >= MAX_UNDER_WAY:
        if (more := _LINES.due("refused")) is not None:
            event(logger, logging.WARNING, f"refusals are not in the audit log{more}", {"path": shown(path)})
        return
    about = f"rpc:{path.rpartition('.')[2]}" if path in RPCS else f"address:{request.scope['method']} {path}"
    about = "".join(character if character.isprintable() else "?" for character in about)
    task = asyncio.create_task(noted(request, "refused", principal, [about], "PERMISSION_DENIED"))
    _UNDER_WAY.add(task)
    task.add_done_callback(_UNDER_WAY.discard)
