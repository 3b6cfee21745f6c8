"""The Connect protocol, and gRPC-Web: every public RPC at /<service>/<Rpc>, in JSON and in binary.

The protocol is connectrpc's; here stand what it answers with, its limits and our words. What it is about:
https://connectrpc.com/docs/protocol.
"""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Mapping
from typing import Any

import grpc
from connectrpc.code import Code
from connectrpc.codec import Codec
from connectrpc.errors import ConnectError, ErrorDetail
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.request import RequestContext
from connectrpc.server import ConnectASGIApplication, Endpoint
from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from protobuf.wkt import Any as AnyDetail
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mammoganesis.errors import InvalidArgument, MammoganesisError, shown
from mammoganesis.recipe import proto_json
from services.studio.calls import RPCS, CallFailed, Edge, Rpc
from services.studio.surroundings import path_of
from services.wire.statuses import status_of

CODECS = ("proto", "json")
_GRPC_WEB = ("application/grpc-web", *(f"application/grpc-web+{codec}" for codec in CODECS))
ONE_ANSWER = (*(f"application/{codec}" for codec in CODECS), *_GRPC_WEB)
STREAM = (*(f"application/connect+{codec}" for codec in CODECS), *_GRPC_WEB)
"""Content types. Another site's page can post none of them without asking first."""

_NOT_PASSED_ON = frozenset({b"content-type", b"accept-encoding", b"connect-accept-encoding", b"grpc-accept-encoding"})
_CANCELLED = {grpc.StatusCode.CANCELLED: Code.CANCELED}  # the one word that the two spell differently


class Connect:
    """Every public RPC of one edge as an ASGI application.

    Args:
        edge: that answers.
        max_request_bytes: largest request that is taken.
        max_held_bytes: of requests that are held at a time.
    """

    def __init__(self, edge: Edge, max_request_bytes: int, max_held_bytes: int) -> None:
        self._max_request_bytes = max_request_bytes
        self._max_held_bytes = max_held_bytes
        self._held_bytes = 0
        self._app: ASGIApp = _Rpcs(  # type: ignore[assignment]
            service=edge,
            endpoints=_endpoints,
            read_max_bytes=max_request_bytes,
            codecs=(_Binary(), _Json()),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = path_of(scope)
        if path not in RPCS:
            answer = _refusal(404, Code.UNIMPLEMENTED, f"no such call: {shown(path)}")
        elif scope["method"] != "POST":
            text = f"method: {shown(scope['method'])} is not allowed; allowed: POST"
            answer = _refusal(405, Code.UNIMPLEMENTED, text, {"allow": "POST"})
        elif (content_type := _content_type(scope)) not in (taken := STREAM if RPCS[path].streams else ONE_ANSWER):
            text = f"content-type: {shown(content_type)} is not allowed; allowed: {', '.join(taken)}"
            answer = _refusal(415, Code.INVALID_ARGUMENT, text, {"accept-post": ", ".join(taken)})
        else:
            # What they cannot be in is no header's; and pictures are compressed already.
            headers = [
                (name, value.decode("latin-1").encode())
                for name, value in scope["headers"]
                if name not in _NOT_PASSED_ON
            ]
            headers.append((b"content-type", content_type.encode()))
            await self._within_limits({**scope, "headers": headers}, receive, send)
            return
        await answer(scope, receive, send)

    async def _within_limits(self, scope: Scope, receive: Receive, send: Send) -> None:
        held = 0

        async def receiving() -> Any:
            nonlocal held
            message = await receive()
            size = len(message.get("body", b""))
            held += size
            self._held_bytes += size
            if held > self._max_request_bytes:
                text = f"request: too large; allowed: {self._max_request_bytes} bytes (max_request_bytes)"
                raise ConnectError(Code.RESOURCE_EXHAUSTED, text)
            if self._held_bytes > self._max_held_bytes:
                text = f"the studio holds {self._max_held_bytes} bytes of requests, and takes no more; try again"
                raise ConnectError(Code.RESOURCE_EXHAUSTED, f"{text} in a moment")
            return message

        try:
            await self._app(scope, receiving, send)
        finally:
            self._held_bytes -= held


class _Rpcs(ConnectASGIApplication[Edge]):
    @property
    def path(self) -> str:
        return ""


def _endpoints(edge: Edge) -> Mapping[str, Any]:
    return {rpc.path: _endpoint(rpc, edge) for rpc in RPCS.values()}


def _endpoint(rpc: Rpc, edge: Edge) -> Endpoint[Any, Any]:
    kind = StreamType.SERVER_STREAM if rpc.streams else StreamType.UNARY
    method = MethodInfo(
        name=rpc.name,
        service_name=rpc.service,
        input=rpc.request,
        output=rpc.response,
        idempotency_level=IdempotencyLevel.UNKNOWN,
        stream_type=kind,
    )

    async def one(request: Message, context: RequestContext[Any, Any]) -> Message:
        try:
            return await edge.answer(rpc, request, _seconds(context))
        except Exception as error:
            raise _as_connect(error, context) from None

    async def stream(request: Message, context: RequestContext[Any, Any]) -> AsyncIterator[Message]:
        context.response_headers["x-accel-buffering"] = "no"  # nginx would keep the messages until the last
        try:
            async for answer in edge.answers(rpc, request, _seconds(context)):
                yield answer
        except Exception as error:
            raise _as_connect(error, context) from None

    return Endpoint.server_stream(method, stream) if rpc.streams else Endpoint.unary(method, one)


def _seconds(context: RequestContext[Any, Any]) -> float | None:
    """That the client leaves."""
    return None if context.timeout_ms is None else max(0.0, context.timeout_ms / 1000)


def _as_connect(error: Exception, context: RequestContext[Any, Any]) -> ConnectError:
    if not isinstance(error, CallFailed):
        return ConnectError(_code(status_of(error)[0]), status_of(error)[1])
    if error.retry_seconds is not None:
        context.response_headers["retry-after"] = str(math.ceil(error.retry_seconds))
    details = [ErrorDetail(AnyDetail(type_url=item.type_url, value=item.value)) for item in error.details]
    return ConnectError(_code(error.code), error.message, details)


def _code(code: grpc.StatusCode) -> Code:
    return _CANCELLED.get(code) or Code(code.name.lower())


class _Binary(Codec[Message, Message]):
    def name(self) -> str:
        return "proto"

    def encode(self, message: Message) -> bytes:
        return message.SerializeToString()

    def decode(self, data: bytes | bytearray, message_class: type[Message]) -> Message:
        try:
            return message_class.FromString(bytes(data))
        except DecodeError:
            allowed = f"a {message_class.DESCRIPTOR.full_name} in protobuf's binary form"
            fault = InvalidArgument("request", f"a body of {len(data)} bytes", allowed)
            raise ConnectError(Code.INVALID_ARGUMENT, fault.message) from None


class _Json(Codec[Message, Message]):
    def name(self) -> str:
        return "json"

    def encode(self, message: Message) -> bytes:
        return _as_json(message).encode()

    def decode(self, data: bytes | bytearray, message_class: type[Message]) -> Message:
        try:
            return proto_json.read(data.decode(), message_class(), "request")
        except UnicodeDecodeError:
            raise ConnectError(Code.INVALID_ARGUMENT, "body: not JSON in UTF-8") from None
        except MammoganesisError as error:
            raise ConnectError(Code.INVALID_ARGUMENT, error.message) from None


def _as_json(message: Message) -> str:
    """Proto JSON with the names of the `.proto` files, fields at zero included; bytes are base64."""
    fields = json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return json.dumps(fields, separators=(",", ":"))


def _content_type(scope: Scope) -> str:
    """Without its parameters."""
    value = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
    return value.partition(";")[0].strip().lower()


def _refusal(status: int, code: Code, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"code": code.value, "message": message}, status, headers)
