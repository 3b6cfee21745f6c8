"""The client's methods for the audit log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mammoganesis.v1 import audit_pb2
from services.client.transport import Transport

MAX_PAGE = 200


@dataclass(frozen=True)
class WhichEntries:
    """Which entries of the audit log; what is left out lets all through."""

    since: datetime | None = None  # recorded then or later; without a zone: UTC
    until: datetime | None = None  # recorded before
    who: str = ""  # "issuer|subject"
    action: str = ""  # such as "CaseService/SaveCase"
    outcome: str = ""  # a gRPC status
    about: str = ""  # a whole target, latent id, digest of a file or request id

    @property
    def message(self) -> audit_pb2.AuditFilter:
        """As it is sent."""
        sent = audit_pb2.AuditFilter(who=self.who, action=self.action, outcome=self.outcome, about=self.about)
        _set_times(sent, self.since, self.until)
        return sent


EVERY_ENTRY = WhichEntries()


class AuditCalls:
    """AuditService; see `services.client.Client`. A server has it, a local client has not."""

    _transport: Transport

    def audit(self, which: WhichEntries = EVERY_ENTRY, page_size: int = MAX_PAGE) -> Iterator[audit_pb2.AuditEntry]:
        """Entries, the newest first, asked for `page_size` at a time."""
        page = ""
        while True:
            request = audit_pb2.ListAuditRequest(filter=which.message, page_size=page_size, page_token=page)
            answer = self._transport.unary("ListAudit", request)
            yield from answer.entries
            page = answer.next_page_token
            if not page:
                return

    def export_audit(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[bytes]:
        """A stretch of the log as a file, in pieces, the oldest entry first."""
        request = audit_pb2.ExportAuditRequest()
        _set_times(request, since, until)
        for piece in self._transport.stream("ExportAudit", request):
            yield piece.data

    def verify_audit(self, known: Sequence[tuple[int, str]] = ()) -> audit_pb2.VerifyAuditResponse:
        """Whether the log is unbroken; `known`: numbers and hashes that were noted before and must be in it."""
        places = [audit_pb2.AuditCheckpoint(number=number, hash=hash) for number, hash in known]
        return self._transport.unary("VerifyAudit", audit_pb2.VerifyAuditRequest(known=places))


def _set_times(
    message: audit_pb2.AuditFilter | audit_pb2.ExportAuditRequest, since: datetime | None, until: datetime | None
) -> None:
    if since is not None:
        message.since.FromDatetime(since)
    if until is not None:
        message.until.FromDatetime(until)
