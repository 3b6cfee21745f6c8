"""Services that the edge answers itself. Their requests are parsed here: malformed ones are refused in our words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message

from services.wire.refusals import malformed, missing


def unary(request: type[Message], answer: Callable[..., Any]) -> grpc.RpcMethodHandler:
    """The handler of an RPC with one request and one answer; `answer(request, context)` is awaited."""

    async def handle(bodies: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> bytes:
        return (await answer(await _parsed(request, await only(bodies), context), context)).SerializeToString()

    return grpc.stream_unary_rpc_method_handler(handle)


def stream(request: type[Message], answers: Callable[..., Any]) -> grpc.RpcMethodHandler:
    """The handler of an RPC with one request and a stream of answers."""

    async def handle(bodies: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        async for answer in answers(await _parsed(request, await only(bodies), context), context):
            yield answer.SerializeToString()

    return grpc.stream_stream_rpc_method_handler(handle)


def both_streams(request: type[Message], answers: Callable[..., Any]) -> grpc.RpcMethodHandler:
    """The handler of an RPC with streams both ways."""

    async def handle(bodies: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        async def requests() -> AsyncIterator[Message]:
            async for body in bodies:
                yield await _parsed(request, body, context)

        async for answer in answers(requests(), context):
            yield answer.SerializeToString()

    return grpc.stream_stream_rpc_method_handler(handle)


async def only(bodies: AsyncIterator[bytes]) -> bytes | None:
    """The request of an RPC that has one; None where the client has ended its side without any."""
    async for body in bodies:
        return body
    return None


async def _parsed(request: type[Message], body: bytes | None, context: grpc.aio.ServicerContext) -> Message:
    try:
        if body is not None:
            return request.FromString(body)
        status = missing(request)
    except DecodeError:
        status = malformed(request, len(body or b""))
    await context.abort(status.code, status.details)
    raise AssertionError("abort raises")
