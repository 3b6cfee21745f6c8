"""AuditService: the audit log, listed, exported, verified; and its intake from the edge."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

from mammoganesis.errors import InvalidArgument
from mammoganesis.json_text import read_json
from mammoganesis.pictures.signature import Signer
from mammoganesis.recipe.fields import text, within
from mammoganesis.v1 import audit_intake_pb2 as intake_pb
from mammoganesis.v1 import audit_pb2 as pb
from services.access import audit_entries as entries
from services.access.audit_chain import Chain, Checkpoint
from services.access.audit_entries import Entry, Image, microseconds
from services.access.audit_file import checkpoint_line, entry_line
from services.observability.logs import event
from services.records.calls.messages import stamp
from services.records.rules import texts
from services.records.sql.audit import AuditLog, Condition, Row
from services.records.sql.database import Database
from services.rendering.calls import CallContext

logger = logging.getLogger(__name__)

MAX_ENTRIES = 1000
MAX_KNOWN = 100
_ID, _HASH = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}")
_OWN = ("number", "recorded_at", "previous", "hash")


class AuditServicer:
    """Reads the log. `signer` and `keys`: of checkpoints, and by whom they may be signed."""

    def __init__(self, database: Database, signer: Signer | None, keys: Mapping[str, bytes]) -> None:
        self._log, self._keys = AuditLog(database, signer), keys

    async def ListAudit(self, request: pb.ListAuditRequest, call: CallContext) -> pb.ListAuditResponse:  # noqa: N802
        """The newest first."""
        condition, size = _condition(request.filter), texts.page_size(request.page_size)
        found, page = await asyncio.to_thread(self._log.listed, condition, size, request.page_token)
        head = await asyncio.to_thread(self._log.head)
        return pb.ListAuditResponse(entries=map(_entry, found), next_page_token=page, head=_sent(head))

    async def ExportAudit(  # noqa: N802
        self, request: pb.ExportAuditRequest, call: CallContext
    ) -> AsyncIterator[pb.ExportAuditResponse]:
        """In pieces, a batch of entries each."""
        batches = self._log.stretch(**_times(request, ""))
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            yield pb.ExportAuditResponse(data="".join(map(exported_line, batch)).encode())

    async def NoteAction(self, request: pb.NoteActionRequest, call: CallContext) -> pb.NoteActionResponse:  # noqa: N802
        """Judges it; the edge writes it down, as it does every call that changes something."""
        if request.action not in entries.NOTED:
            raise InvalidArgument("action", request.action, ", ".join(entries.NOTED))
        if request.outcome and request.outcome not in entries.OUTCOMES:
            raise InvalidArgument("outcome", request.outcome, ", ".join(entries.OUTCOMES))
        within("count", request.count, 0, entries.MAX_NOTED_COUNT)
        within("about", len(request.about), 0, entries.MAX_NOTED_TARGETS, "targets")
        for i, target in enumerate(request.about):
            text(f"about[{i}]", target, entries.MAX_NOTED_CHARACTERS, 1, lines=False)
        return pb.NoteActionResponse()

    async def VerifyAudit(self, request: pb.VerifyAuditRequest, call: CallContext) -> pb.VerifyAuditResponse:  # noqa: N802
        """The whole of it."""
        within("known", len(request.known), 0, MAX_KNOWN, "places")
        for i, place in enumerate(request.known):
            within(f"known[{i}].number", place.number, 0, 2**63 - 1)
            _matches(_HASH, f"known[{i}].hash", place.hash, "64 hexadecimal digits in small letters")
        chain = Chain(self._keys, [Checkpoint(place.number, place.hash) for place in request.known])
        await asyncio.to_thread(self._log.check, chain)
        return pb.VerifyAuditResponse(
            unbroken=chain.unbroken,
            problems=chain.problems,
            first=chain.first,
            head=_sent(chain.head),
            checkpoints=chain.checkpoints,
            signed=chain.signed,
            lost=chain.lost,
        )


class AuditIntakeServicer:
    """AuditIntakeService: for the edge and the operator's commands alone."""

    def __init__(self, database: Database, signer: Signer | None) -> None:
        self._log = AuditLog(database, signer)

    async def RecordAudit(  # noqa: N802
        self, request: intake_pb.RecordAuditRequest, call: CallContext
    ) -> intake_pb.RecordAuditResponse:
        """Before it answers, everything is on the disk."""
        within("entries", len(request.entries), 0, MAX_ENTRIES)
        read = [_read(entry, f"entries[{i}]") for i, entry in enumerate(request.entries)]
        lost = {}
        if request.lost_id:
            _matches(_ID, "lost_id", request.lost_id, "32 hexadecimal digits")
            lost = {request.lost_id: request.lost}
        added, checkpoints = await asyncio.to_thread(self._log.add, read, lost)
        for each in checkpoints:  # where logs are collected elsewhere, they hold on to the log too
            event(logger, logging.INFO, "audit checkpoint", {"number": each.number, "hash": each.hash})
        return intake_pb.RecordAuditResponse(added=added)


def _read(message: pb.AuditEntry, field: str) -> Entry:
    for name in _OWN:
        if message.HasField(name) if name == "recorded_at" else getattr(message, name):
            raise InvalidArgument(f"{field}.{name}", getattr(message, name), "nothing: records says it")
    _matches(_ID, f"{field}.entry_id", message.entry_id, "32 hexadecimal digits")
    for name, least, most in (("who", 1, entries.MAX_CHARACTERS), ("action", 1, 80), ("outcome", 1, 32)):
        text(f"{field}.{name}", getattr(message, name), most, least, lines=False)
    for name in ("host", "request_id"):
        text(f"{field}.{name}", getattr(message, name), entries.MAX_CHARACTERS, lines=False)
    within(f"{field}.roles", len(message.roles), 0, entries.MAX_TARGETS)
    within(f"{field}.targets", len(message.targets), 0, entries.MAX_TARGETS)
    within(f"{field}.images", len(message.images), 0, entries.MAX_IMAGES)
    for i, target in enumerate(message.targets):
        text(f"{field}.targets[{i}]", target, entries.MAX_TARGET_CHARACTERS, lines=False)
    within(f"{field}.count", message.count, 1, 2**63 - 1)
    return Entry(
        entry_id=message.entry_id,
        at=texts.moment(f"{field}.at", message.at),
        who=message.who,
        action=message.action,
        outcome=message.outcome,
        roles=tuple(message.roles),
        host=message.host,
        request_id=message.request_id,
        targets=tuple(message.targets),
        images=tuple(Image(each.latent_id, each.file_sha256) for each in message.images),
        count=message.count,
    )


def _entry(row: Row) -> pb.AuditEntry:
    """As it is sent; of one that somebody has damaged what is left of it."""
    try:
        values = read_json(row.body)
        times: dict[str, Any] = {name: stamp(microseconds(values.pop(name))) for name in ("at", "recorded_at")}
        return pb.AuditEntry(**values, **times, hash=row.hash)
    except (ValueError, TypeError, KeyError):
        return pb.AuditEntry(number=row.number, who=row.who, action=row.action, outcome=row.outcome, hash=row.hash)


def _sent(place: Checkpoint) -> pb.AuditCheckpoint:
    return pb.AuditCheckpoint(
        number=place.number, hash=place.hash, at=stamp(place.at), pruned=place.pruned, signature=place.signature
    )


def exported_line(item: Row | Checkpoint) -> str:
    """Of a file of the log."""
    return entry_line(item.body, item.hash) if isinstance(item, Row) else checkpoint_line(item)


def _condition(filter: pb.AuditFilter) -> Condition:
    for name in ("who", "action", "outcome", "about"):
        text(f"filter.{name}", getattr(filter, name), entries.MAX_TARGET_CHARACTERS, lines=False)
    names = {name: getattr(filter, name) for name in ("who", "action", "outcome", "about")}
    return Condition(**_times(filter, "filter."), **names)


def _times(message: pb.AuditFilter | pb.ExportAuditRequest, prefix: str) -> dict[str, int]:
    return {
        name: texts.moment(f"{prefix}{name}", getattr(message, name))
        for name in ("since", "until")
        if message.HasField(name)
    }


def _matches(pattern: re.Pattern[str], field: str, value: str, allowed: str) -> None:
    if not pattern.fullmatch(value):
        raise InvalidArgument(field, value, allowed)
