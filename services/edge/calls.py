"""A call on its way through the edge, and its request."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from services.access.principals import EVERYBODY
from services.edge.audit import CallAudit
from services.edge.drawings import host_of
from services.edge.identification import Caller
from services.edge.marks import hold_to_marks
from services.edge.quotas import CallQuota
from services.edge.repeats import Repeats
from services.edge.routes import Route
from services.edge.uploads import Upload
from services.servicers.requests import images_drawn
from services.wire.refusals import Refused, malformed, missing


@dataclass
class Call:
    """One call on its way through the edge."""

    path: str
    request_id: str
    upload: Upload
    repeats: Repeats
    audit: CallAudit
    peer: str  # its connection, as gRPC names it; of the studio's a browser
    started: float = field(default_factory=time.monotonic)
    code: str = "CANCELLED"  # until the call ends in another way
    failure: Exception | None = None  # of ours, that has ended it
    request_bytes: int = 0
    response_bytes: int = 0
    messages: int = 0
    bytes_taken: int = 0  # largest message that the client takes
    images: int = 0  # that it draws
    background: bool = False  # they can wait until nobody else's do
    counted: frozenset[str] = frozenset()  # quotas, of a call of our own services
    caller: Caller = field(default_factory=lambda: Caller(EVERYBODY))
    quota: CallQuota = field(default_factory=CallQuota)
    passed_on: bool = False  # to another replica, by `overtaking.py`

    @property
    def may_be_passed_on(self) -> bool:
        """Once, before the first answer, where calls are made again at all."""
        return not (self.passed_on or self.messages or self.repeats.are_spent)

    def identified(self, caller: Caller) -> None:
        """It is known who makes it, and from where."""
        self.caller = caller
        if caller.host:
            self.peer = f"{caller.host}:studio"
        self.audit.principal, self.audit.is_ours, self.audit.host = caller.principal, caller.is_ours, self.host

    @property
    def host(self) -> str:
        """From where it comes."""
        return host_of(self.peer)


class Body:
    """The request of a call, checked against its message type before it goes on."""

    def __init__(self, route: Route, call: Call, requests: AsyncIterator[bytes]) -> None:
        self._route, self._call, self._requests = route, call, requests
        self.malformed: Refused | None = None

    async def checked(self) -> bytes | AsyncIterator[bytes]:
        """What is sent on. Raises Refused for a single request that is malformed or missing; a malformed message of a
        stream ends it."""
        if self._route.client_streaming:
            return self._check_each()
        message = await self._call.upload.only(self._requests)
        if message is None:
            raise Refused(missing(self._route.request_type))
        return self._check(message)

    def raise_if_malformed(self) -> None:
        """A request stream that fails cancels its call; this tells such a cancellation from the client's own."""
        if self.malformed:
            raise self.malformed

    async def _check_each(self) -> AsyncIterator[bytes]:
        async for message in self._call.upload.each(self._requests):
            yield self._check(message)

    def _check(self, message: bytes) -> bytes:
        self._call.request_bytes += len(message)
        try:
            request = self._route.request_type.FromString(message)
        except DecodeError:
            self.malformed = Refused(malformed(self._route.request_type, len(message)))
            raise self.malformed from None
        self._call.images = images_drawn(request)
        return request.SerializeToString() if hold_to_marks(request, self._call.caller) else message
