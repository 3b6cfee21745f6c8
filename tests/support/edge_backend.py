"""A backend for the edge's tests: a plain grpc.aio server in Ray Serve's place, and a service with all stream types."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health_pb2

from services.edge.routes import APPLICATIONS
from services.edge.server import Edge
from services.process.config import Config

ROUNDED_UP = 1.025
"""A deadline arrives as up to this many times what was asked for: gRPC writes it with few digits, and rounds up."""

SECRET = "a-secret-of-the-tests-0123456789"
HEALTH_CHECK = "/grpc.health.v1.Health/Check"


def all_stream_types() -> ServiceDescriptor:
    """A service outside our protos: the edge forwards all stream types, though ours have only two of them today."""
    pool = descriptor_pool.Default()
    name = "edge.test.v1.StreamsService"
    try:
        return pool.FindServiceByName(name)
    except KeyError:
        pass
    file = descriptor_pb2.FileDescriptorProto(
        name="edge/test/v1/streams.proto", package="edge.test.v1", syntax="proto3"
    )
    file.message_type.add(name="Words").field.add(name="text", number=1, label=1, type=9)
    service = file.service.add(name="StreamsService")
    for method, client, server in (
        ("One", False, False),
        ("Out", False, True),
        ("In", True, False),
        ("Both", True, True),
    ):
        service.method.add(
            name=method,
            input_type=".edge.test.v1.Words",
            output_type=".edge.test.v1.Words",
            client_streaming=client,
            server_streaming=server,
        )
    pool.Add(file)
    return pool.FindServiceByName(name)


@dataclass
class Backend(grpc.GenericRpcHandler):
    """Answers raw bytes by path with the handlers it is given, and remembers the metadata of the calls."""

    handlers: dict[str, grpc.RpcMethodHandler] = field(default_factory=dict)
    serving: dict[str, bool | bytes] = field(default_factory=lambda: dict.fromkeys(APPLICATIONS.values(), True))
    seen: list[dict[str, str | bytes]] = field(default_factory=list)

    def service(self, handler_call_details: Any) -> grpc.RpcMethodHandler | None:
        metadata = dict(handler_call_details.invocation_metadata)
        if handler_call_details.method == HEALTH_CHECK:
            return grpc.unary_unary_rpc_method_handler(self._check(str(metadata.get("application"))))
        self.seen.append(metadata)
        return self.handlers.get(handler_call_details.method)

    def unary(self, path: str, answer: Callable[[bytes, grpc.aio.ServicerContext], Awaitable[bytes]]) -> None:
        self.handlers[path] = grpc.unary_unary_rpc_method_handler(answer)

    def _check(self, application: str) -> Any:
        async def check(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
            if application not in self.serving:
                await context.abort(grpc.StatusCode.NOT_FOUND, f"Application '{application}' not found")
            state = self.serving[application]
            if isinstance(state, bytes):  # the answer itself
                return state
            status = health_pb2.HealthCheckResponse.SERVING if state else 2
            return health_pb2.HealthCheckResponse(status=status).SerializeToString()

        return check


@dataclass
class Running:
    """An edge with its backend."""

    edge: Edge
    channel: grpc.aio.Channel
    backend: Backend
    backend_server: grpc.aio.Server
    backend_address: str
    port: int


@asynccontextmanager
async def running_edge(
    backend: Backend | None = None, applications: Any = APPLICATIONS, **settings: Any
) -> AsyncIterator[Running]:
    """An edge on a free port of 127.0.0.1 before `backend`; it repeats nothing unless `settings` say so, and tells
    records of images and of what was done only where they say where it is."""
    backend = backend or Backend()
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", -1)])
    server.add_generic_rpc_handlers((backend,))
    backend_address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    places: dict[str, Any] = {"serve_address": backend_address, "records_address": backend_address}
    if "records_address" not in settings:
        places |= {"registry_held_bytes": 0, "audit": "off"}
    config = Config(edge_port=0, edge_secret=SECRET, max_repeats=0, **places)
    edge = Edge(config.changed(**settings), applications)
    port = await edge.start()
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}", options)
    try:
        yield Running(edge, channel, backend, server, backend_address, port)
    finally:
        await channel.close()
        await edge.stop()
        await server.stop(None)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Waits for a condition; the test's own time limit ends the wait."""
    while not await condition():
        await asyncio.sleep(0.05)
