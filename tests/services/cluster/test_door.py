"""The door of Serve's gRPC server: who does not bring the secret is refused before the message is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from ray.serve._private.grpc_util import start_grpc_server

from mammoganesis.v1 import sampling_pb2
from services.cluster.door import add_services_to_server
from services.edge.routes import routes
from services.process.ports import free_block
from services.wire.metadata import EDGE_SECRET

SECRET = "a-secret-of-the-tests-0123456789"
FROM_EDGE = ((EDGE_SECRET, SECRET),)
SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
SERVES_OWN = ("/ray.serve.RayServeAPIService/Healthz", "/ray.serve.RayServeAPIService/ListApplications")


@pytest.fixture
async def channel(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[grpc.aio.Channel]:
    """To a server of Serve's that answers with the name of the method that it would have called and its request."""
    monkeypatch.setenv("MAMMOGANESIS_EDGE_SECRET", SECRET)

    def factory(service_method: str, streaming_type: Any) -> Callable[..., Any]:
        async def answer(request: Any, context: grpc.aio.ServicerContext) -> bytes:
            return f"{service_method} {request}".encode()

        return answer

    options = SimpleNamespace(
        port=free_block(1), enable_reflection=False, grpc_servicer_func_callable=[add_services_to_server]
    )
    loop = asyncio.get_running_loop()
    task, server = await start_grpc_server(factory, options, event_loop=loop)  # type: ignore[arg-type]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{options.port}") as opened:
        yield opened
    await server.stop(None)
    task.cancel()


async def never() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


@pytest.mark.parametrize("path", [*routes(), "/grpc.health.v1.Health/Check", "/ray.serve.ASGIService/HandleRequest"])
@pytest.mark.parametrize("metadata", [(), ((EDGE_SECRET, SECRET[:-1]),), ((EDGE_SECRET, ""),)])
async def test_a_call_without_the_secret_is_refused_unread(
    channel: grpc.aio.Channel, path: str, metadata: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.stream_unary(path)(never(), metadata=metadata, timeout=60)
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_the_edge_is_served(channel: grpc.aio.Channel) -> None:
    request = sampling_pb2.SampleRequest(seeds=[7])
    answer = await channel.unary_unary(SAMPLE)(request.SerializeToString(), metadata=FROM_EDGE, timeout=60)
    assert answer == f"{SAMPLE} {request}".encode()


@pytest.mark.parametrize("path", SERVES_OWN)
async def test_serves_own_service_answers_unread(channel: grpc.aio.Channel, path: str) -> None:
    """HAProxy asks for it, without a secret."""
    assert await channel.unary_unary(path)(b"", timeout=60) == f"{path} ".encode()
    assert await channel.stream_unary(path)(never(), timeout=60) == f"{path} ".encode()
