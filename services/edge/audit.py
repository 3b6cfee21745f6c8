"""Tells records what calls have changed, handed out or were refused: for the audit log."""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from mammoganesis.errors import Unavailable
from mammoganesis.v1 import audit_intake_pb2 as intake_pb
from mammoganesis.v1 import audit_pb2 as pb
from services.access.audit_entries import BEGUN, MAX_IMAGES, MAX_TARGETS, MORE_REFUSED, SEVERAL, Entry, Image
from services.access.principals import ANONYMOUS, Principal
from services.access.refusals import GatheredRefusals
from services.access.shared_secrets import SharedSecret
from services.edge.audited import action_of, handed_out, is_audited, reason_target, targets_of
from services.edge.outbox import Batches, Outbox
from services.edge.routes import Route
from services.process.config import Config
from services.wire.metadata import EDGE_SECRET

PATH = "/mammoganesis.v1.AuditIntakeService/RecordAudit"
SEND_SECONDS = 30.0
WAIT_SECONDS = 10.0
"""For its entry, of a call that waits for it; then it fails."""
LARGE_BYTES = 2**20
"""An answer from which its digests are taken beside the event loop."""
_BATCHES = {"on": Batches(2**20, 500, 30.0), "required": Batches(2**20, 500, 1.0)}
_REFUSED = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED"})
_NOTHING_DONE = frozenset({"INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"})


@dataclass(eq=False)
class Held:
    """An entry on its way to records, and who waits until it is there."""

    entry: Entry
    waiting: asyncio.Future[None] | None = None

    @property
    def bytes_held(self) -> int:
        """Its share of what may be held."""
        return self.entry.bytes_held

    @property
    def is_urgent(self) -> bool:
        """Whether a call waits for it."""
        return self.waiting is not None

    def settled(self, refusal: str | None) -> None:
        """It is on records' disk, or never will be."""
        if self.waiting is not None and not self.waiting.done():
            if refusal is None:
                self.waiting.set_result(None)
            else:
                self.waiting.set_exception(_not_written(refusal))


class Audit:
    """The audit log as one edge writes it.

    Args:
        channel: to records; None: nothing is written.
        config: whether anything is, and whether calls wait for it.
    """

    def __init__(self, channel: grpc.aio.Channel | None, config: Config) -> None:
        self.is_written = channel is not None and config.audit != "off"
        self.required = self.is_written and config.audit == "required"
        self._secret = SharedSecret.of(config, "edge_secret")
        self._intake = channel and intake(channel)
        most = config.audit_held_bytes if self.is_written else 0
        self.outbox: Outbox[Held] = Outbox("audit", most, self._send, _BATCHES.get(config.audit, _BATCHES["on"]))
        self._refusals = GatheredRefusals(self._note_refusals, _more_refused)

    def note(self, entry: Entry) -> None:
        """Writes an entry down, a moment later."""
        self.outbox.put(Held(entry))

    def note_refusal(self, entry: Entry) -> None:
        """The same of a refusal; those that come again within a minute are one entry with a count."""
        if self.is_written:
            self._refusals.note(entry, entry.count)

    async def finish(self) -> None:
        """Sends what there is, as long as records takes it, and takes no more."""
        self._refusals.finish()
        await self.outbox.finish()

    def _note_refusals(self, last: Entry, count: int) -> None:
        self.note(replace(last, count=count))

    async def write(self, entry: Entry) -> None:
        """Writes an entry down; returns when it is on records' disk.

        Raises:
            Unavailable: it is not, within WAIT_SECONDS.
        """
        held = Held(entry, asyncio.get_running_loop().create_future())
        assert held.waiting is not None
        if not self.outbox.put(held):
            raise _not_written("too many entries wait")
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await held.waiting
        except TimeoutError:
            raise _not_written("records is away") from None
        finally:
            if not held.waiting.done() or held.waiting.cancelled():
                self.outbox.withdraw(held)

    async def _send(self, batch: Sequence[Held], missed: int, missed_id: str) -> None:
        entries = [message(held.entry) for held in batch]
        request = intake_pb.RecordAuditRequest(entries=entries, lost=missed, lost_id=missed_id)
        secret = self._secret.sent
        metadata = () if secret is None else ((EDGE_SECRET, secret),)
        assert self._intake is not None
        call: Any = self._intake(request, timeout=SEND_SECONDS, metadata=metadata)
        await call


@dataclass
class CallAudit:
    """What one call of the edge leaves in the log.

    Attributes:
        route: None for a path that is no RPC.
        principal, is_ours: who makes it; what our own services ask for on the way was written down where it began.
    """

    audit: Audit
    path: str
    host: str
    request_id: str
    route: Route | None = None
    principal: Principal = ANONYMOUS
    is_ours: bool = False
    targets: list[str] = field(default_factory=list)
    _images: list[Image] = field(default_factory=list)
    _has_begun: bool = False  # and the log says so
    _parts: int = 0  # entries of images, before the last one
    _is_told: bool = False
    _noted: str = ""  # how what is noted ended, of NoteAction
    _count: int = 1  # how often, likewise

    @property
    def _counts(self) -> bool:
        return self.audit.is_written and self.route is not None and not self.is_ours and is_audited(self.route)

    async def begins(self, request: bytes) -> None:
        """It is about to be forwarded. Raises Unavailable where it has to be written down before, and cannot."""
        if not self._counts:
            return
        assert self.route is not None
        message = self.route.request_type.FromString(request)
        self.targets += targets_of(message)
        if isinstance(message, pb.NoteActionRequest):
            self._noted, self._count = message.outcome, max(1, message.count)
        if self.audit.required and not self.route.hands_out_images and self._noted not in _REFUSED:
            await self.audit.write(self._entry(BEGUN))
            self._has_begun = True

    async def hands_out(self, answer: bytes) -> None:
        """An answer is about to go to the client. Raises Unavailable as `begins` does."""
        if not self._counts:
            return
        if len(answer) > LARGE_BYTES:
            await asyncio.to_thread(self._look, answer)
        else:
            self._look(answer)
        assert self.route is not None
        while len(self._images) > (0 if self.audit.required and self.route.server_streaming else MAX_IMAGES):
            entry = self._entry("OK")
            self._parts += 1
            if self.audit.required:
                await self.audit.write(entry)
            else:
                self.audit.note(entry)

    async def ends_well(self) -> None:
        """Everything has been handed out but the last word. Raises Unavailable as `begins` does."""
        if self.audit.required and self._counts and not self._is_told:
            if self._images or self._has_begun:
                await self.audit.write(self._entry("OK"))
            self._is_told = True

    def ended(self, code: str, reason: str = "") -> None:
        """It has ended, with a gRPC status; `reason`: why nobody knows who makes it."""
        if reason:
            self.targets = [*self.targets[: MAX_TARGETS - 1], reason_target(reason)]
        if (code in _REFUSED and not self.is_ours) or (self._counts and code == "OK" and self._noted in _REFUSED):
            self.audit.note_refusal(self._entry(code))
        elif self._counts and not self._is_told and self._comes_to_something(code):
            self.audit.note(self._entry(code))

    def _comes_to_something(self, code: str) -> bool:
        assert self.route is not None
        if self.route.hands_out_images:
            return bool(self._images)
        return self._has_begun or code not in _NOTHING_DONE

    def _look(self, answer: bytes) -> None:
        assert self.route is not None
        try:
            message = self.route.answer_type.FromString(answer)
        except DecodeError:  # it goes out all the same
            self._images.append(Image("", hashlib.sha256(answer).hexdigest()))
            return
        self.targets = list(dict.fromkeys([*self.targets, *targets_of(message)]))[:MAX_TARGETS]
        self._images += handed_out(self.route, message)

    def _entry(self, outcome: str) -> Entry:
        images, self._images = tuple(self._images[:MAX_IMAGES]), self._images[MAX_IMAGES:]
        return Entry(
            entry_id=uuid.uuid4().hex,
            at=time.time_ns() // 1000,
            who=self.principal.key,
            roles=tuple(sorted(self.principal.roles)),
            host=self.host,
            action=action_of(self.path),
            outcome=self._noted or outcome if outcome == "OK" else outcome,
            request_id=self.request_id,
            targets=tuple(self.targets),
            images=images,
            count=self._count,
        )


def _more_refused(entry: Entry) -> Entry:
    """Stands for refusals of so many kinds that they are only counted."""
    who = entry.who if entry.who == ANONYMOUS.key else SEVERAL
    return replace(entry, who=who, roles=(), host="", action=MORE_REFUSED, request_id="", targets=())


def intake(channel: grpc.Channel | grpc.aio.Channel):
    """The RPC by which records is told, of either kind of channel."""
    return channel.unary_unary(
        PATH,
        request_serializer=intake_pb.RecordAuditRequest.SerializeToString,
        response_deserializer=intake_pb.RecordAuditResponse.FromString,
    )


def message(entry: Entry) -> pb.AuditEntry:
    """An entry as it is sent."""
    sent = pb.AuditEntry(
        entry_id=entry.entry_id,
        who=entry.who,
        roles=entry.roles,
        host=entry.host,
        action=entry.action,
        outcome=entry.outcome,
        request_id=entry.request_id,
        targets=entry.targets,
        images=[pb.AuditedImage(latent_id=each.latent_id, file_sha256=each.file_sha256) for each in entry.images],
        count=entry.count,
    )
    sent.at.FromMicroseconds(entry.at)
    return sent


def _not_written(reason: str) -> Unavailable:
    return Unavailable(f"the audit log, which this server asks for, cannot be written now ({reason}); try again")
