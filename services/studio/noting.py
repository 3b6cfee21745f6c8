"""Tells the audit log what is no call: logins, refusals by the studio itself, and what it does by itself. Nothing ever
fails for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.requests import HTTPConnection

from mammoganesis.errors import MammoganesisError, PermissionDenied, Unauthenticated
from mammoganesis.v1.audit_pb2 import NoteActionRequest
from services.access.audit_entries import MAX_NOTED_CHARACTERS, MAX_NOTED_COUNT, MORE_REFUSED, REASON
from services.access.principals import ANONYMOUS, EVERYBODY, Principal
from services.access.refusals import GatheredRefusals
from services.observability.logs import event
from services.studio.calls import RPCS, CallFailed, Edge
from services.studio.visitors import HOST, VISITOR
from services.wire.statuses import status_of

logger = logging.getLogger(__name__)

NOTE_ACTION = RPCS["/mammoganesis.v1.AuditService/NoteAction"]
SECONDS, LATER_SECONDS = 5.0, 30.0
"""For an entry that somebody waits for, and for one that nobody does."""


async def noted(
    request: HTTPConnection, action: str, principal: Principal, about: Sequence[str] = (), outcome: str = "OK"
) -> None:
    """Of whom: who need not sit at this request's browser yet, or any more.

    Args:
        action: of `services.access.audit_entries.NOTED`.
        about: targets, such as "dicom_server:Archive".
        outcome: name of a gRPC status.
    """
    await _told(request.app.state.edge, _Noted(action, principal, HOST.get(), tuple(about), outcome))


def refusal_noted(request: HTTPConnection, principal: Principal, path: str, error: MammoganesisError) -> None:
    """An address of the studio was refused; told in a moment, the answer does not wait."""
    about = f"rpc:{path.rpartition('.')[2]}" if path in RPCS else f"address:{request.scope['method']} {path}"
    _note(request, _Noted("refused", principal, HOST.get(), (about,)), error)


def login_refused(request: HTTPConnection, error: MammoganesisError) -> None:
    """No session has begun, of whoever it is; told in a moment."""
    _note(request, _Noted("login", ANONYMOUS, HOST.get(), (f"{REASON}{error.message}",)), error)


@dataclass(frozen=True)
class _Noted:
    action: str
    principal: Principal
    host: str
    targets: tuple[str, ...] = ()
    outcome: str = "OK"

    @property
    def who(self) -> str:
        return self.principal.key


class Refusals:
    """What is refused to browsers, on its way to the audit log: again and again, it is told once a minute."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._gathered = GatheredRefusals(self._tell, _more)
        self._under_way: set[asyncio.Task[None]] = set()

    def note(self, noted: _Noted) -> None:
        """One more."""
        self._gathered.note(noted)

    async def finish(self) -> None:
        """Tells what has not been told."""
        self._gathered.finish()
        if self._under_way:
            await asyncio.wait(set(self._under_way))

    def _tell(self, noted: _Noted, count: int) -> None:
        task = asyncio.create_task(_told(self._edge, noted, count, LATER_SECONDS))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


def _note(request: HTTPConnection, noted: _Noted, error: MammoganesisError) -> None:
    if isinstance(error, Unauthenticated | PermissionDenied):
        refusals: Refusals = request.app.state.refusals
        refusals.note(replace(noted, outcome=status_of(error)[0].name))


def _more(noted: _Noted) -> _Noted:
    """Stands for refusals of so many kinds that they are only counted."""
    return replace(noted, host="", principal=ANONYMOUS, targets=(MORE_REFUSED,))


async def _told(edge: Edge, noted: _Noted, count: int = 1, seconds: float = SECONDS) -> None:
    about = [_printable(text) for text in noted.targets]
    told = NoteActionRequest(action=noted.action, outcome=noted.outcome, about=about, count=min(count, MAX_NOTED_COUNT))
    visitor, host = VISITOR.set(None if noted.principal == EVERYBODY else noted.principal), HOST.set(noted.host)
    try:
        await edge.answer(NOTE_ACTION, told, seconds)
    except CallFailed as failed:
        event(logger, logging.WARNING, "not in the audit log", {"action": noted.action, "code": failed.code.name})
    finally:
        VISITOR.reset(visitor)
        HOST.reset(host)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)[:MAX_NOTED_CHARACTERS]
