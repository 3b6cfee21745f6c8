"""What an error may say to a client.

    from our services    INTERNAL with its error id, and every other code, as they are
    from in between      (Ray Serve, HAProxy, the transport) deadlines and sizes in our words; all else UNAVAILABLE: the
                         call may simply be made again, every call gives the same images however often it is made

Our services mark their messages (`marked`), with when to ask again and the error's code; the mark ends here, and what
it says goes on beside the message. Tracebacks, process ids, paths, addresses and actor
names never pass.
"""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import dataclass, replace

import grpc
from google.protobuf.message import Message

from mammoganesis.errors import MammoganesisError, Overloaded
from services.observability.logs import event
from services.wire.error_info import Coded
from services.wire.metadata import DEFAULT_MESSAGE_BYTES, MAX_MESSAGE_BYTES, Metadata
from services.wire.retry import detailed, retry_of
from services.wire.statuses import status_of

logger = logging.getLogger(__name__)

MAX_DETAILS_CHARACTERS = 1000
# In the message because Serve drops the trailing metadata of a stream that fails.
_MARK = re.compile(
    r"mammoganesis(?:, again in (?P<seconds>[0-9.]+) s(?: \((?P<reason>[a-z]{1,20})\))?)?"
    r"(?:, code (?P<code>[A-Za-z0-9_-]+))?: "
)
# No message of ours holds any of these, except in what it repeats, escaped, of the client's own request.
_LEAK = re.compile(r"Traceback|ray::|pid=|\bip=|File \"|actor_id|site-packages|<class '", re.IGNORECASE)

_LOST = frozenset(
    (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.UNKNOWN,  # what gRPC makes of HTTP 500, which is what HAProxy says
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.CANCELLED,
    )
)
_REPEATS_THE_REQUEST = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)


@dataclass(frozen=True)
class Status:
    """How a call ends."""

    code: grpc.StatusCode
    details: str
    trailing: Metadata = ()
    reason: str = ""  # of what a service has refused, as `Overloaded.reason`


class Refused(Exception):  # noqa: N818
    """Ends a call of the edge with a status."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.details)
        self.status = status


def status_of_error(error: MammoganesisError) -> Status:
    """How a call of the edge ends that an error of ours ends."""
    code, details = status_of(error)
    return _told(code, details, error.retry_seconds, Coded.of(error))


def _told(code: grpc.StatusCode, message: str, seconds: float | None, coded: Coded) -> Status:
    """A status with what stands beside its message."""
    again = None if seconds is None else retry_of(seconds)
    details = [each for each in (again, coded.info()) if each is not None]
    return Status(code, message, detailed(code, message, *details), "" if seconds is None else coded.reason)


def marked(message: str, retry_seconds: float | None = None, reason: str = "", code: str = "") -> str:
    """`message` as a service of ours sends it to the edge; None for a call that it is no use to make again later;
    `reason`: why then, as `Overloaded.reason`; `code`: of the error, as `Coded.text` writes it."""
    why = f" ({reason})" if reason else ""
    again = "" if retry_seconds is None else f", again in {retry_seconds:.3f} s{why}"
    return f"mammoganesis{again}{f', code {code}' if code else ''}: {message}"


def marked_error(error: Exception, message: str) -> str:
    """The message of an error's status as `marked` writes it."""
    seconds = error.retry_seconds if isinstance(error, MammoganesisError) else None
    coded = Coded.of(error)
    return marked(message, seconds, coded.reason, coded.text())


def unmarked(details: str) -> str | None:
    """What a service of ours has said; None where it was not one."""
    ours = _MARK.match(details)
    return details[ours.end() :] if ours else None


def coded_in(details: str) -> Coded:
    """The code of the error that a service of ours has said."""
    ours = _MARK.match(details)
    return Coded.of_text(ours["code"], ours["reason"] or "") if ours else Coded()


def malformed(request: type[Message], size: int) -> Status:
    """The status of a request of `size` bytes that are no message of its type."""
    return _refused_request(f"{size} bytes are", request)


def missing(request: type[Message]) -> Status:
    """The status of a call that has ended without its request."""
    return _refused_request("no message is", request)


def _refused_request(what: str, request: type[Message]) -> Status:
    allowed = f"a serialised {request.DESCRIPTOR.full_name}"
    return Status(grpc.StatusCode.INVALID_ARGUMENT, f"request: {what} not allowed; allowed: {allowed}")


def too_large(size: int | str, taken: int, max_message_bytes: int, instead: str | None) -> Status:
    """The status of an answer of `size` bytes to a client that takes `taken`.

    Args:
        size: "at least" and the number where the answer has not been made yet.
        max_message_bytes: what the server sends at most.
        instead: an RPC that sends the same in smaller messages.
    """
    ways = f"take {instead}, which sends one image a message, or " if instead else "ask for less, or "
    whose = " as gRPC's default is" if taken == DEFAULT_MESSAGE_BYTES else ""
    return Status(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        f"the answer has {size} bytes, and this client takes {taken}{whose}; {ways}let the client take more "
        f"(grpc.max_receive_message_length) and say so in the metadata {MAX_MESSAGE_BYTES}, up to {max_message_bytes}",
    )


def is_lost(error: grpc.aio.AioRpcError) -> bool:
    """Whether a call was lost on its way to a service of ours or back: there was no connection or it broke, no replica
    was known or it went, the proxy had not heard of the application yet. What a service says is never that."""
    return error.code() in _LOST and not _MARK.match(error.details() or "")


def refusal_of(error: grpc.aio.AioRpcError, application: str, request_id: str, max_message_bytes: int) -> Status:
    """The status that the client gets for the backend's `error`; what it does not get is logged."""
    code, details = error.code(), error.details() or ""
    ours = _MARK.match(details)
    details = details[ours.end() :] if ours else details
    safe = code in _REPEATS_THE_REQUEST or not _LEAK.search(details)
    if ours and code is not grpc.StatusCode.UNAUTHENTICATED and safe:
        text = details[:MAX_DETAILS_CHARACTERS]
        coded = coded_in(error.details() or "")
        if any(_LEAK.search(value) for value in coded.values.values()):
            coded = replace(coded, values={})
        return _told(code, text, float(ours["seconds"]) if ours["seconds"] else None, coded)
    error_id = secrets.token_hex(8)
    event(
        logger,
        logging.WARNING,
        "error from behind the edge",
        {
            "error_id": error_id,
            "request_id": request_id,
            "application": application,
            "code": code.name,
            "text": details,
        },
    )
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return Status(code, "the deadline of the call has passed before the answer was complete")
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in details:
        return Status(code, f"the answer is larger than {max_message_bytes} bytes; ask for fewer images or stream them")
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return status_of_error(Overloaded(f"{application} has more calls than it can take; try again in a moment"))
    if ours or code is grpc.StatusCode.UNAUTHENTICATED:
        # The services refuse this edge, or a message of ours breaks the rule above: nothing the client can mend.
        return Status(
            grpc.StatusCode.INTERNAL, f"internal error {error_id}; the edge's log has the details under this id"
        )
    return Status(
        grpc.StatusCode.UNAVAILABLE, f"{application} is not available at the moment (error {error_id}); try again"
    )
