"""The edge as a process: health, reflection, drain, a port that is taken, connections that hang."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from mammoganesis.v1 import sampling_pb2, sampling_pb2_grpc
from services.process.config import Config
from tests.support.edge_backend import SECRET, Backend, running_edge, until
from tests.support.proxies import DEAD_PROXIES

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
SAMPLING = "mammoganesis.v1.SamplingService"
STREAM_SAMPLES = f"/{SAMPLING}/StreamSamples"


async def status(channel: grpc.aio.Channel, service: str = "") -> int:
    return (await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service))).status


async def test_health_follows_the_applications() -> None:
    async with running_edge() as running:
        channel, serving = running.channel, running.backend.serving

        async def becomes(service: str, expected: int) -> None:
            async def reached() -> bool:
                return await status(channel, service) == expected

            await until(reached)

        await becomes("", SERVING)
        serving["pca_editing"] = False
        await becomes("", NOT_SERVING)
        assert await status(channel, "mammoganesis.v1.PcaEditingService") == NOT_SERVING
        assert await status(channel, SAMPLING) == SERVING
        assert await status(channel, "mammoganesis.v1.ModelService") == SERVING
        serving["pca_editing"] = True
        await becomes("", SERVING)
        serving["records"] = False
        await becomes("mammoganesis.v1.QuizService", NOT_SERVING)
        assert await status(channel) == SERVING  # images are drawn without it
        serving["sampling"] = b"\xff"  # no message
        await becomes(SAMPLING, NOT_SERVING)
        assert await status(channel, "mammoganesis.v1.PcaEditingService") == SERVING
        serving["sampling"] = True
        await becomes("", SERVING)
        del serving["style_transfer"]  # Serve does not know the application (any more)
        await becomes("mammoganesis.v1.StyleTransferService", NOT_SERVING)
        await running.backend_server.stop(None)
        await becomes(SAMPLING, NOT_SERVING)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await status(channel, "no.such.Service")
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_watch_tells_every_change() -> None:
    async with running_edge() as running:
        watch = health_pb2_grpc.HealthStub(running.channel).Watch(health_pb2.HealthCheckRequest(service=SAMPLING))
        seen = [(await watch.read()).status]
        if seen == [NOT_SERVING]:  # before the first probe
            seen.append((await watch.read()).status)
        assert seen[-1] == SERVING
        running.backend.serving["sampling"] = False
        assert (await watch.read()).status == NOT_SERVING
        unknown = health_pb2_grpc.HealthStub(running.channel).Watch(health_pb2.HealthCheckRequest(service="x"))
        assert (await unknown.read()).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


async def test_reflection_lists_and_describes_the_services() -> None:
    async with running_edge() as running:
        with grpc.insecure_channel(f"127.0.0.1:{running.port}") as channel:
            database = ProtoReflectionDescriptorDatabase(channel)
            names = await asyncio.to_thread(database.get_services)
            file = await asyncio.to_thread(database.FindFileContainingSymbol, SAMPLING)
        kinds = ("Sampling", "PcaEditing", "StyleTransfer", "Model")
        assert {f"mammoganesis.v1.{kind}Service" for kind in kinds} | {"grpc.health.v1.Health"} <= set(names)
        assert [method.name for method in file.service[0].method] == [
            "Sample",
            "StreamSamples",
            "Interpolate",
            "MixStyles",
            "RedrawNoise",
            "FindSeeds",
            "DescribeRecipe",
        ]
        v1 = running.channel.stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )
        name = "grpc.reflection.v1.ServerReflection"
        call = v1(
            iter(
                [
                    reflection_pb2.ServerReflectionRequest(list_services=""),
                    reflection_pb2.ServerReflectionRequest(file_containing_symbol=name),
                ]
            )
        )
        listed, described = [answer async for answer in call]
        assert {SAMPLING, name} <= {service.name for service in listed.list_services_response.service}
        (file,) = map(FileDescriptorProto.FromString, described.file_descriptor_response.file_descriptor_proto)
        assert (file.package, file.service[0].name) == ("grpc.reflection.v1", "ServerReflection")
        assert file.service[0].method[0].input_type == ".grpc.reflection.v1.ServerReflectionRequest"


async def test_health_lists_all_services() -> None:
    async with running_edge() as running:
        stub = health_pb2_grpc.HealthStub(running.channel)

        async def all_serve() -> bool:
            listed = (await stub.List(health_pb2.HealthListRequest())).statuses
            return {status.status for status in listed.values()} == {SERVING}

        await until(all_serve)
        running.backend.serving["pca_editing"] = False
        editing = "mammoganesis.v1.PcaEditingService"

        async def one_does_not() -> bool:
            listed = (await stub.List(health_pb2.HealthListRequest())).statuses
            assert {"", SAMPLING, editing} <= set(listed)
            return {name for name, status in listed.items() if status.status == NOT_SERVING} == {"", editing}

        await until(one_does_not)


@pytest.mark.parametrize(
    "path",
    [
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/List",
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ],
)
async def test_malformed_requests_of_health_and_reflection_are_refused_in_our_words(path: str) -> None:
    async with running_edge() as running:
        call = running.channel.stream_stream(path)(iter([b"\xff\xff\xff"]))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            assert [answer async for answer in call] == []
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert (caught.value.details() or "").startswith(
            "request: 3 bytes are not allowed; allowed: a serialised grpc."
        )


@asynccontextmanager
async def edge_process(
    serve_address: str, **settings: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int, grpc.aio.Channel]]:
    """`python -m services.edge` on a free port, with proxies in its environment that lead nowhere: the process, its
    port and a channel to it."""
    config = Config(edge_port=0, serve_address=serve_address, edge_secret=SECRET)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.edge",
        env={**os.environ, **DEAD_PROXIES, **config.environment(), **settings},
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr
    line = json.loads(await process.stderr.readline())
    assert line["message"] == "listening"
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{line['port']}") as channel:
            yield process, line["port"], channel
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def counting_backend(go_on: asyncio.Event) -> AsyncIterator[str]:
    """StreamSamples sends two messages, the second after `go_on`; yields the address."""
    backend = Backend()

    async def stream(_: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        yield sampling_pb2.StreamSamplesResponse(index=0).SerializeToString()
        await go_on.wait()
        yield sampling_pb2.StreamSamplesResponse(index=1).SerializeToString()

    backend.handlers[STREAM_SAMPLES] = grpc.unary_stream_rpc_method_handler(stream)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((backend,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(None)


async def test_sigterm_drains_and_exits_with_0() -> None:
    go_on = asyncio.Event()
    async with counting_backend(go_on) as address, edge_process(address) as (process, port, channel):
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=SAMPLING))
        reflection = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo()  # left open
        await reflection.write(reflection_pb2.ServerReflectionRequest(list_services=""))
        statuses = [(await watch.read()).status]
        while statuses[-1] != SERVING:
            statuses.append((await watch.read()).status)
        call = sampling_pb2_grpc.SamplingServiceStub(channel).StreamSamples(sampling_pb2.StreamSamplesRequest())
        assert (await call.read()).index == 0
        process.send_signal(signal.SIGTERM)
        assert (await watch.read()).status == NOT_SERVING

        async def refused() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) != 0

        await until(refused)
        go_on.set()  # the call in flight is still answered to its end
        assert (await call.read()).index == 1
        assert await call.read() is grpc.aio.EOF
        assert await call.code() is grpc.StatusCode.OK
        assert await process.wait() == 0
        assert process.stderr
        said = [json.loads(line) for line in (await process.stderr.read()).splitlines()]
        assert [line["by"] for line in said if line["message"] == "asked to end"] == ["SIGTERM"]


async def test_drain_is_limited() -> None:
    async with (
        counting_backend(asyncio.Event()) as address,
        edge_process(address, MAMMOGANESIS_DRAIN_SECONDS="0.5") as (process, _, channel),
    ):
        call = sampling_pb2_grpc.SamplingServiceStub(channel).StreamSamples(sampling_pb2.StreamSamplesRequest())
        await call.read()
        process.send_signal(signal.SIGTERM)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
        assert caught.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
        assert await process.wait() == 0


async def test_a_port_that_is_taken_is_refused_with_one_line() -> None:
    async with running_edge() as running:
        config = Config(edge_port=running.port, edge_secret=SECRET)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.edge",
            env={**os.environ, **config.environment()},
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await process.communicate()
        text = errors.decode()
        assert process.returncode == 1
        assert f"the edge cannot listen on 127.0.0.1:{running.port}" in text
        assert "Traceback" not in text
        assert len(text.strip().splitlines()) == 1


async def test_half_a_handshake_is_closed_and_others_are_served() -> None:
    async with running_edge() as running:
        half = []
        for _ in range(50):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(b"PRI * HTTP/2.0\r\n")
            half.append((reader, writer))
        assert await status(running.channel) in (SERVING, NOT_SERVING)
        for reader, writer in half:
            while await reader.read(1024):  # ends when the edge closes the connection
                pass
            writer.close()
