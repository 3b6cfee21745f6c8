"""Services that the edge answers itself. Their requests are parsed here: malformed ones are refused in our words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message

from mammoganesis.errors import MammoganesisError
from services.edge.uploads import Upload, Uploads
from services.wire.metadata import REQUEST_ID, request_id
from services.wire.refusals import Refused, malformed, missing, status_of_error


class OwnServices:
    """Handlers of RPCs that the edge answers itself.

    Args:
        uploads: through which their requests come in.
    """

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    def unary(self, request: type[Message], answer: Callable[..., Any]) -> grpc.RpcMethodHandler:
        """Of an RPC with one request and one answer; `answer(request, context)` is awaited."""

        async def handle(bodies: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> bytes:
            async with self._upload(context) as upload:
                return (await answer(_parsed(request, await upload.only(bodies)), context)).SerializeToString()

        return grpc.stream_unary_rpc_method_handler(handle)

    def stream(self, request: type[Message], answers: Callable[..., Any]) -> grpc.RpcMethodHandler:
        """Of an RPC with one request and a stream of answers."""

        async def handle(bodies: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
            async with self._upload(context) as upload:
                async for answer in answers(_parsed(request, await upload.only(bodies)), context):
                    yield answer.SerializeToString()

        return grpc.stream_stream_rpc_method_handler(handle)

    def both_streams(self, request: type[Message], answers: Callable[..., Any]) -> grpc.RpcMethodHandler:
        """Of an RPC with streams both ways."""

        async def handle(bodies: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
            async with self._upload(context) as upload:

                async def requests() -> AsyncIterator[Message]:
                    async for body in upload.each(bodies):
                        yield _parsed(request, body)

                async for answer in answers(requests(), context):
                    yield answer.SerializeToString()

        return grpc.stream_stream_rpc_method_handler(handle)

    @asynccontextmanager
    async def _upload(self, context: grpc.aio.ServicerContext) -> AsyncIterator[Upload]:
        """What a call receives; a request that is refused ends it."""
        upload = Upload(self._uploads)
        try:
            yield upload
            return
        except Refused as refused:
            status = refused.status
        except MammoganesisError as error:
            status = status_of_error(error)
        finally:
            upload.release()
        asked = request_id([(key, value) for key, value in context.invocation_metadata() or ()])
        await context.abort(status.code, status.details, ((REQUEST_ID, asked), *status.trailing))


def _parsed(request: type[Message], body: bytes | None) -> Message:
    if body is None:
        raise Refused(missing(request))
    try:
        return request.FromString(body)
    except DecodeError:
        raise Refused(malformed(request, len(body))) from None
