"""Calls of the public RPCs at the edge, for whatever protocol asks for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from starlette.requests import ClientDisconnect, Request

from mammoganesis.v1 import quota_pb2
from services.access import assertions
from services.access.principals import ANONYMOUS
from services.access.shared_secrets import SharedSecret
from services.edge.routes import APPLICATIONS
from services.observability import traces
from services.process.settings.edge import MAX_STREAM_SECONDS
from services.studio.visitors import HOST, VISITOR
from services.wire.channels import channel_options, status_from
from services.wire.metadata import Metadata, taking
from services.wire.retry import retry_seconds, status_details
from services.wire.tls import Trust, open_aio_channel

Answered = TypeVar("Answered")

DEADLINE_SECONDS = 120.0
"""Of a call with one answer for which nobody has said how long it may take."""


@dataclass(frozen=True)
class Rpc:
    """One public RPC.

    Attributes:
        name: such as "Sample".
        service: such as "mammoganesis.v1.SamplingService".
        streams: whether it answers with a stream; none takes one.
    """

    name: str
    service: str
    request: type[Message]
    response: type[Message]
    streams: bool

    @property
    def path(self) -> str:
        """Such as "/mammoganesis.v1.SamplingService/Sample"."""
        return f"/{self.service}/{self.name}"


def _rpc(method: MethodDescriptor) -> Rpc:
    request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    return Rpc(method.name, method.containing_service.full_name, request, response, method.server_streaming)


_SERVICES = (*APPLICATIONS, quota_pb2.DESCRIPTOR.services_by_name["QuotaService"])
RPCS = {rpc.path: rpc for service in _SERVICES for method in service.methods for rpc in [_rpc(method)]}


@dataclass
class CallFailed(Exception):  # noqa: N818  (an answer, not a fault)
    """What came of a call instead of an answer, in words for whoever made it.

    Attributes:
        retry_seconds: after which it may be made again; None where the edge has not said.
        details: of the edge's status.
    """

    code: grpc.StatusCode
    message: str
    retry_seconds: float | None = None
    details: Iterable[AnyMessage] = ()


@dataclass(frozen=True)
class Terms:
    """On which the studio and its edge know each other.

    Attributes:
        trust: of TLS; None: the edge has none.
        secret: by which the edge takes our word for who a call is made for, and from where; None: nobody is named.
    """

    trust: Trust | None = None
    secret: SharedSecret | None = None


PLAIN = Terms()


class Edge:
    """One edge, over one channel.

    Args:
        address: host:port; it need not be up yet.
        max_message_bytes: largest answer taken from it.
        terms: on which it and we know each other.
    """

    def __init__(self, address: str, max_message_bytes: int, terms: Terms = PLAIN) -> None:
        self._address = address
        self._max_message_bytes = max_message_bytes
        self._secret = terms.secret
        options = [
            *channel_options(address, max_message_bytes),
            ("grpc.max_reconnect_backoff_ms", 2_000),  # pages try again every few seconds; so does this
        ]
        self._channel = open_aio_channel(address, options, terms.trust)
        self._calls = {path: self._opened(rpc) for path, rpc in RPCS.items()}

    async def close(self) -> None:
        """Closes the channel."""
        await self._channel.close()

    async def answer(self, rpc: Rpc, request: Message, seconds: float | None = None) -> Message:
        """The answer of a call with one; whoever stops waiting for it cancels the call.

        Args:
            seconds: that it may take; None: DEADLINE_SECONDS.

        Raises:
            CallFailed: there is none.
        """
        seconds = DEADLINE_SECONDS if seconds is None else seconds
        try:
            return await self._calls[rpc.path](request, timeout=seconds, metadata=traces.carried(self._metadata()))
        except grpc.aio.AioRpcError as error:
            raise self._failed(error, seconds) from None

    async def answers(self, rpc: Rpc, request: Message, seconds: float | None = None) -> AsyncIterator[Message]:
        """The answers of a call with a stream of them; closing it cancels the call.

        Args:
            seconds: that it may take; None: as long as the edge lets it.

        Raises:
            CallFailed: the stream has ended before its end.
        """
        seconds = MAX_STREAM_SECONDS if seconds is None else seconds
        call = self._calls[rpc.path](request, timeout=seconds, metadata=traces.carried(self._metadata()))
        try:
            async for answer in call:
                yield answer
        except grpc.aio.AioRpcError as error:
            raise self._failed(error, seconds) from None
        finally:
            call.cancel()

    def _metadata(self) -> Metadata:
        principal, host, secret = VISITOR.get(), HOST.get(), self._secret and self._secret.sent
        if secret is None or (principal is None and not host):
            return taking(self._max_message_bytes)
        word = assertions.said(principal or ANONYMOUS, secret, host=host)
        return (*taking(self._max_message_bytes), (assertions.METADATA, word))

    def _opened(self, rpc: Rpc) -> Any:
        open_call = self._channel.unary_stream if rpc.streams else self._channel.unary_unary
        return open_call(rpc.path, rpc.request.SerializeToString, rpc.response.FromString)

    def _failed(self, error: grpc.aio.AioRpcError, seconds: float) -> CallFailed:
        code, message = status_from(error, self._address, self._max_message_bytes, seconds)
        return CallFailed(code, message, retry_seconds(error), status_details(error))


async def answer_or_cancel(request: Request, call: Awaitable[Answered]) -> Answered:
    """The answer of `call`; when the browser has gone, the call is cancelled."""

    async def browser_gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    gone = asyncio.ensure_future(browser_gone())
    answer = asyncio.ensure_future(call)
    try:
        await asyncio.wait({gone, answer}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientDisconnect
        return answer.result()
    finally:
        gone.cancel()
        answer.cancel()
