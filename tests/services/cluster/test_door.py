"""The door of Serve's gRPC servers: who does not bring the secret is refused before the message is read, and a proxy
behind HAProxy answers nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from ray import serve
from ray.serve._private.grpc_util import start_grpc_server
from ray.serve._private.proxy_request_response import gRPCStreamingType

from mammoganesis.v1 import sampling_pb2
from services.cluster import door
from services.edge.routes import routes
from services.process.ports import free_block
from services.wire.metadata import APPLICATION, EDGE_SECRET
from services.wire.refusals import is_lost

SECRET = "a-secret-of-the-tests-0123456789"
FROM_EDGE = ((EDGE_SECRET, SECRET), (APPLICATION, "sampling"))
SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
STREAM_SAMPLES = "/mammoganesis.v1.SamplingService/StreamSamples"
SERVES_OWN = ("/ray.serve.RayServeAPIService/Healthz", "/ray.serve.RayServeAPIService/ListApplications")


@pytest.fixture
def in_a_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "get_replica_context", lambda: SimpleNamespace(app_name="sampling"))


@pytest.fixture
def haproxy() -> bool:
    """Whether Serve has it before the replicas."""
    return True


@pytest.fixture
async def channel(monkeypatch: pytest.MonkeyPatch, haproxy: bool) -> AsyncIterator[grpc.aio.Channel]:
    """To a server of Serve's that answers with the name of the method that it would have called and its request."""
    monkeypatch.setenv("MAMMOGANESIS_EDGE_SECRET", SECRET)
    monkeypatch.setattr(door, "RAY_SERVE_ENABLE_HA_PROXY", haproxy)

    def factory(service_method: str, streaming_type: Any) -> Callable[..., Any]:
        async def answer(request: Any, context: grpc.aio.ServicerContext) -> bytes:
            return f"{service_method} {request}".encode()

        async def answers(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
            yield await answer(request, context)

        return answers if streaming_type is gRPCStreamingType.UNARY_STREAM else answer

    options = SimpleNamespace(
        port=free_block(1), enable_reflection=False, grpc_servicer_func_callable=[door.add_services_to_server]
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


@pytest.mark.usefixtures("in_a_replica")
async def test_the_edge_is_served(channel: grpc.aio.Channel) -> None:
    request = sampling_pb2.SampleRequest(seeds=[7])
    answer = await channel.unary_unary(SAMPLE)(request.SerializeToString(), metadata=FROM_EDGE, timeout=60)
    assert answer == f"{SAMPLE} {request}".encode()


@pytest.mark.usefixtures("in_a_replica")
async def test_the_edge_is_served_streams(channel: grpc.aio.Channel) -> None:
    request = sampling_pb2.StreamSamplesRequest()
    stream = channel.unary_stream(STREAM_SAMPLES)(request.SerializeToString(), metadata=FROM_EDGE, timeout=60)
    assert [answer async for answer in stream] == [f"{STREAM_SAMPLES} {request}".encode()]


@pytest.mark.usefixtures("in_a_replica")
@pytest.mark.parametrize("path", [*routes(), "/grpc.health.v1.Health/Check"])
@pytest.mark.parametrize("meant_for", [((APPLICATION, "pca_editing"),), ((APPLICATION, "sampling2"),), ()])
async def test_a_replica_gives_back_what_was_meant_for_another_application_unread(
    channel: grpc.aio.Channel, path: str, meant_for: tuple[tuple[str, str], ...]
) -> None:
    """An old worker of HAProxy may know its port by another name."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.stream_unary(path)(never(), metadata=(*FROM_EDGE[:1], *meant_for), timeout=60)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert is_lost(caught.value)


@pytest.mark.parametrize("path", [*routes(), "/grpc.health.v1.Health/Check"])
async def test_a_proxy_gives_a_call_back_to_the_edge_unread(channel: grpc.aio.Channel, path: str) -> None:
    """It would draw the whole of a stream ahead of who reads it, and to its end when nobody does."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.stream_unary(path)(never(), metadata=FROM_EDGE, timeout=60)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert is_lost(caught.value)


@pytest.mark.parametrize("haproxy", [False])
async def test_a_proxy_answers_where_there_is_no_haproxy(channel: grpc.aio.Channel) -> None:
    request = sampling_pb2.SampleRequest(seeds=[7])
    answer = await channel.unary_unary(SAMPLE)(request.SerializeToString(), metadata=FROM_EDGE, timeout=60)
    assert answer == f"{SAMPLE} {request}".encode()


@pytest.mark.parametrize("path", SERVES_OWN)
async def test_serves_own_service_answers_unread(channel: grpc.aio.Channel, path: str) -> None:
    """HAProxy asks for it, without a secret."""
    assert await channel.unary_unary(path)(b"", timeout=60) == f"{path} ".encode()
    assert await channel.stream_unary(path)(never(), timeout=60) == f"{path} ".encode()
