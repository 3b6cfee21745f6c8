"""The edge forwards calls: all stream types, its own metadata, deadlines, request ids, cancellation, limits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2

from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from tests.support.edge_backend import ROUNDED_UP, SECRET, Backend, all_stream_types, running_edge

GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
STREAM_SAMPLES = "/mammoganesis.v1.SamplingService/StreamSamples"


def model_backend() -> Backend:
    backend = Backend()

    async def answer(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        return model_pb2.GetModelResponse(name="demo").SerializeToString()

    backend.unary(GET_MODEL, answer)
    return backend


def stuck_backend() -> tuple[Backend, asyncio.Event]:
    """Sample never answers; the event tells that its call has been cancelled."""
    backend = model_backend()
    cancelled = asyncio.Event()

    async def slow(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        try:
            await asyncio.sleep(3600)
        finally:
            cancelled.set()
        return b""

    backend.unary(SAMPLE, slow)
    return backend, cancelled


async def test_all_four_stream_types_pass_through() -> None:
    service = all_stream_types()
    words = GetMessageClass(service.methods[0].input_type)
    path = "/" + service.full_name + "/"

    async def one(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        return words(text=words.FromString(request).text.upper()).SerializeToString()

    async def out(request: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        for letter in words.FromString(request).text:
            yield words(text=letter).SerializeToString()

    async def taken(requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> bytes:
        return words(text="".join([words.FromString(r).text async for r in requests])).SerializeToString()

    async def both(requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        async for request in requests:
            yield words(text=words.FromString(request).text * 2).SerializeToString()

    handlers = {
        path + "One": grpc.unary_unary_rpc_method_handler(one),
        path + "Out": grpc.unary_stream_rpc_method_handler(out),
        path + "In": grpc.stream_unary_rpc_method_handler(taken),
        path + "Both": grpc.stream_stream_rpc_method_handler(both),
    }
    codec = {"request_serializer": words.SerializeToString, "response_deserializer": words.FromString}

    async def spoken() -> AsyncIterator[object]:
        for text in ("ab", "c", "d"):
            yield words(text=text)

    async def broken() -> AsyncIterator[bytes]:
        yield words(text="ok").SerializeToString()
        yield b"\xff\xff\xff"

    async with running_edge(Backend(handlers), {service: "streams"}) as running:
        channel = running.channel
        assert (await channel.unary_unary(path + "One", **codec)(words(text="abc"))).text == "ABC"
        assert [m.text async for m in channel.unary_stream(path + "Out", **codec)(words(text="abc"))] == ["a", "b", "c"]
        assert (await channel.stream_unary(path + "In", **codec)(spoken())).text == "abcd"
        assert [m.text async for m in channel.stream_stream(path + "Both", **codec)(spoken())] == ["abab", "cc", "dd"]

        with pytest.raises(grpc.aio.AioRpcError) as of_one_answer:
            await channel.stream_unary(path + "In")(broken())
        with pytest.raises(grpc.aio.AioRpcError) as of_a_stream:
            _ = [message async for message in channel.stream_stream(path + "Both")(broken())]
        for caught in (of_one_answer, of_a_stream):
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert "allowed: a serialised edge.test.v1.Words" in (caught.value.details() or "")


async def test_metadata_of_the_backend_call_is_the_edges_own() -> None:
    async with running_edge(model_backend()) as running:
        stub = model_pb2_grpc.ModelServiceStub(running.channel)
        hostile = (
            ("application", "engine"),
            ("x-mammoganesis-edge-secret", "guessed"),
            ("x-deadline-milliseconds", "999999999"),
            ("request_id", "from-outside"),
            ("multiplexed_model_id", "../other"),
            ("session_id", "s"),
            ("authorization", "Bearer abc"),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        )
        answer = await stub.GetModel(model_pb2.GetModelRequest(), metadata=hostile, timeout=30)
        assert answer.name == "demo"
        seen = running.backend.seen[-1]
        assert seen["application"] == "sampling"
        assert seen["x-mammoganesis-edge-secret"] == SECRET
        assert 0 < int(seen["x-deadline-milliseconds"]) <= 30_000 * ROUNDED_UP
        assert seen["traceparent"] == dict(hostile)["traceparent"]
        assert not {"request_id", "multiplexed_model_id", "session_id", "authorization"} & set(seen)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("client-1.a_B", True), ("a" * 64, True), ("a" * 65, False), ("with space", False), ("semi;colon", False)],
)
async def test_request_id_is_kept_when_sane_and_made_otherwise(sent: str, kept: bool) -> None:
    async with running_edge(model_backend()) as running:
        stub = model_pb2_grpc.ModelServiceStub(running.channel)
        call = stub.GetModel(model_pb2.GetModelRequest(), metadata=(("x-request-id", sent),))
        await call
        returned = dict(await call.trailing_metadata())["x-request-id"]
        assert (returned == sent) is kept
        assert 1 <= len(returned) <= 64
        assert running.backend.seen[-1]["x-request-id"] == returned


async def test_deadlines_default_maximum_and_expiry() -> None:
    backend, cancelled = stuck_backend()
    async with running_edge(backend, default_deadline_seconds=5.0, max_deadline_seconds=8.0) as running:
        stub = model_pb2_grpc.ModelServiceStub(running.channel)
        await stub.GetModel(model_pb2.GetModelRequest())
        assert 4_000 < int(backend.seen[-1]["x-deadline-milliseconds"]) <= 5_000
        await stub.GetModel(model_pb2.GetModelRequest(), timeout=1000)
        assert 7_000 < int(backend.seen[-1]["x-deadline-milliseconds"]) <= 8_000
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await sampling_pb2_grpc.SamplingServiceStub(running.channel).Sample(
                sampling_pb2.SampleRequest(), timeout=0.3
            )
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await cancelled.wait()  # the backend stops too


async def test_the_edges_own_deadline_ends_a_call_without_one() -> None:
    backend, cancelled = stuck_backend()
    async with running_edge(backend, default_deadline_seconds=0.3) as running:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await sampling_pb2_grpc.SamplingServiceStub(running.channel).Sample(sampling_pb2.SampleRequest())
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert caught.value.details() == "the deadline of the call has passed before the answer was complete"
        await cancelled.wait()


async def test_a_stream_has_a_deadline_of_its_own_and_outlives_that_of_other_calls() -> None:
    backend = model_backend()

    async def slow(_: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        for index in range(5):
            yield sampling_pb2.StreamSamplesResponse(index=index).SerializeToString()
            await asyncio.sleep(0.2)

    backend.handlers[STREAM_SAMPLES] = grpc.unary_stream_rpc_method_handler(slow)
    settings = {"default_deadline_seconds": 0.3, "max_deadline_seconds": 0.3, "max_stream_seconds": 50.0}
    async with running_edge(backend, **settings) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        for timeout, low, high in ((None, 49_000, 50_000), (1000, 49_000, 50_000), (20, 10_000, 20_000 * ROUNDED_UP)):
            stream = stub.StreamSamples(sampling_pb2.StreamSamplesRequest(), timeout=timeout)
            assert [answer.index async for answer in stream] == [0, 1, 2, 3, 4]
            assert low < int(backend.seen[-1]["x-deadline-milliseconds"]) <= high


async def test_a_stream_ends_with_its_longest_time() -> None:
    backend = model_backend()

    async def endless(_: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        while True:
            yield sampling_pb2.StreamSamplesResponse().SerializeToString()
            await asyncio.sleep(0.01)

    backend.handlers[STREAM_SAMPLES] = grpc.unary_stream_rpc_method_handler(endless)
    async with running_edge(backend, max_stream_seconds=0.3) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            _ = [answer async for answer in stub.StreamSamples(sampling_pb2.StreamSamplesRequest())]
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_cancelled_calls_cancel_the_backend() -> None:
    backend, unary_cancelled = stuck_backend()
    stream_ended = asyncio.Event()

    async def endless(_: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        try:
            while True:
                yield sampling_pb2.StreamSamplesResponse(index=1).SerializeToString()
                await asyncio.sleep(0.01)
        finally:
            stream_ended.set()

    backend.handlers[STREAM_SAMPLES] = grpc.unary_stream_rpc_method_handler(endless)
    async with running_edge(backend) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        stream = stub.StreamSamples(sampling_pb2.StreamSamplesRequest())
        await stream.read()
        stream.cancel()
        await stream_ended.wait()
        single = stub.Sample(sampling_pb2.SampleRequest())
        while not any("x-request-id" in seen for seen in backend.seen[1:]):
            await asyncio.sleep(0.01)
        single.cancel()
        await unary_cancelled.wait()


async def test_oversize_requests_and_answers() -> None:
    limit = 2**16
    backend = Backend()

    async def big(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        return model_pb2.GetModelResponse(attribution="x" * limit).SerializeToString()

    backend.unary(GET_MODEL, big)
    async with running_edge(backend, max_message_bytes=limit) as running:
        sampling = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        plain = sampling.Sample(sampling_pb2.SampleRequest(seeds=[2**31] * limit))
        packed = sampling.Sample(sampling_pb2.SampleRequest(seeds=[1] * 2**21), compression=grpc.Compression.Gzip)
        for call in (plain, packed):  # the second one is small on the wire and large when unpacked
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call
            assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await model_pb2_grpc.ModelServiceStub(running.channel).GetModel(model_pb2.GetModelRequest())
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert f"larger than {limit} bytes" in (caught.value.details() or "")


@pytest.mark.parametrize(
    ("path", "request_type"),
    [
        (GET_MODEL, "mammoganesis.v1.GetModelRequest"),
        (STREAM_SAMPLES, "mammoganesis.v1.StreamSamplesRequest"),
        ("/grpc.health.v1.Health/Check", "grpc.health.v1.HealthCheckRequest"),
        ("/grpc.health.v1.Health/Watch", "grpc.health.v1.HealthCheckRequest"),
    ],
)
async def test_a_call_that_ends_without_its_message_is_refused(path: str, request_type: str) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        for message in ():
            yield message

    async with running_edge(model_backend()) as running:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            _ = [answer async for answer in running.channel.stream_stream(path)(nothing(), timeout=60)]
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert caught.value.details() == f"request: no message is not allowed; allowed: a serialised {request_type}"
        assert not running.backend.seen


async def test_metadata_up_to_the_documented_limit_is_taken_and_more_is_not() -> None:
    async with running_edge(model_backend()) as running:
        get_model = running.channel.unary_unary(GET_MODEL)
        room = 15 * 1024  # beside what every call brings
        for _ in range(20):  # between gRPC's own limits, 8 and 16 KiB, it would refuse some
            await get_model(b"", metadata=(("x-anything", "a" * room),))
        await get_model(b"", metadata=(("traceparent", "00-ab-cd-01"), ("tracestate", "a" * room)))
        assert not {"traceparent", "tracestate"} & set(running.backend.seen[-1])
        await get_model(b"", metadata=(("traceparent", "00-ab-cd-01"), ("tracestate", "a" * 512)))
        assert len(running.backend.seen[-1]["tracestate"]) == 512
        for name in ("x-anything", "traceparent", "tracestate"):
            for size in (16 * 1024, 32 * 1024, 60 * 1024):
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await get_model(b"", metadata=((name, "a" * size),))
                assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
                assert re.fullmatch(
                    r"metadata: \d+ is not allowed; allowed: 16384 bytes of names and values, and 32 more .*",
                    caught.value.details() or "",
                )
        with pytest.raises(grpc.aio.AioRpcError) as caught:  # gRPC's own bound
            await get_model(b"", metadata=(("x-anything", "a" * 80 * 1024),))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_the_edge_is_alive_whatever_stands_behind_it() -> None:
    async with running_edge(model_backend()) as running:
        check = running.channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        alive = await check(health_pb2.HealthCheckRequest(service="liveness"))
        assert alive.status == health_pb2.HealthCheckResponse.SERVING
        await running.edge._health.drain()
        alive = await check(health_pb2.HealthCheckRequest(service="liveness"))
        assert alive.status == health_pb2.HealthCheckResponse.SERVING
        assert (await check(health_pb2.HealthCheckRequest())).status == health_pb2.HealthCheckResponse.NOT_SERVING


async def test_malformed_bytes_and_unknown_methods() -> None:
    async with running_edge(model_backend()) as running:
        for body in (b"\xff", b"\x0a\xff\xff\xff\xff\x0f", b"\x12\x01"):
            call = running.channel.unary_unary(SAMPLE)(body)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert f"{len(body)} bytes are not allowed" in (caught.value.details() or "")
            assert "x-request-id" in dict(await call.trailing_metadata())
        assert not running.backend.seen
        for path in ("/mammoganesis.v1.SamplingService/Nope", "/ray.serve.RayServeAPIService/ListApplications", "/x/y"):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await running.channel.unary_unary(path)(b"")
            assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
        assert (await model_pb2_grpc.ModelServiceStub(running.channel).GetModel(model_pb2.GetModelRequest())).name
