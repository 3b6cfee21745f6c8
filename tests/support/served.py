"""The real servicers behind the real edge, with a plain grpc.aio server in Ray Serve's place."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import grpc

from mammoganesis.v1 import model_pb2, pca_editing_pb2, sampling_pb2, style_transfer_pb2
from services.rendering.calls import CallContext
from services.servicers.assembly import Servicers
from services.wire.metadata import message_bytes_taken
from services.wire.refusals import marked_error
from services.wire.statuses import status_of
from tests.support.edge_backend import Backend, running_edge
from tests.support.serving import TINY, serving

SERVICES = (
    (sampling_pb2, "SamplingService", "sampling"),
    (pca_editing_pb2, "PcaEditingService", "pca_editing"),
    (style_transfer_pb2, "StyleTransferService", "style_transfer"),
    (model_pb2, "ModelService", "model"),
)


def backend_of(servicers: Servicers) -> Backend:
    """A backend that answers every RPC of ours with its servicer."""
    backend = Backend()
    for module, service, attribute in SERVICES:
        for method in module.DESCRIPTOR.services_by_name[service].methods:
            servicer_method = getattr(getattr(servicers, attribute), method.name)
            request_type = getattr(module, method.input_type.name)
            path = f"/mammoganesis.v1.{service}/{method.name}"
            backend.handlers[path] = _handler(servicer_method, request_type, method.server_streaming)
    return backend


def _status(error: Exception) -> tuple[grpc.StatusCode, str]:
    code, message = status_of(error)
    return code, marked_error(error, message)


def _handler(method: Any, request_type: Any, streams: bool) -> grpc.RpcMethodHandler:
    async def unary(body: bytes, context: grpc.aio.ServicerContext) -> bytes:
        try:
            return (await method(request_type.FromString(body), _call(context))).SerializeToString()
        except Exception as error:
            await context.abort(*_status(error))
            raise

    async def stream(body: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        try:
            async with aclosing(method(request_type.FromString(body), _call(context))) as answers:
                async for answer in answers:
                    yield answer.SerializeToString()
        except Exception as error:
            await context.abort(*_status(error))

    return grpc.unary_stream_rpc_method_handler(stream) if streams else grpc.unary_unary_rpc_method_handler(unary)


def _call(context: grpc.aio.ServicerContext) -> CallContext:
    taken = message_bytes_taken(tuple(context.invocation_metadata() or ()))
    return CallContext.with_timeout("test", context.time_remaining(), taken)


@contextmanager
def served_edge(
    bundle: Path = TINY,
    edge_port: int = 0,
    records_address: str | None = None,
    edge: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Iterator[str]:
    """host:port of an edge, on an event loop in a thread of its own, before the servicers of a bundle, which have the
    settings; 0: any port. `records_address`: where records is; None for nowhere. `edge`: settings
    of the edge."""
    loop = asyncio.new_event_loop()
    address: list[str] = []
    ready, stop = threading.Event(), asyncio.Event()
    places: dict[str, Any] = {"edge_port": edge_port} | dict(edge or {})
    if records_address is not None:
        places["records_address"] = records_address

    async def serve() -> None:
        try:
            async with (
                serving(bundle, **settings) as servicers,
                running_edge(backend_of(servicers), **places) as running,
            ):
                address.append(f"127.0.0.1:{running.port}")
                ready.set()
                await stop.wait()
        finally:
            ready.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    ready.wait()
    assert address, "the edge did not start"
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
