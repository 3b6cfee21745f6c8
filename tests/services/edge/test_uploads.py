"""Requests on their way in at the real edge: too large, too slow, too many; and others beside them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import grpc
import pytest

from mammoganesis.errors import Overloaded, ResourceExhausted
from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2
from services.edge import uploads
from services.edge.uploads import Upload, Uploads
from services.process.config import Config
from services.wire.retry import retry_seconds
from tests.support.edge_backend import Backend, running_edge

SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
HEALTH = "/grpc.health.v1.Health/Check"
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
LIMITS = {"max_request_bytes": 2**16, "max_held_request_bytes": 2**19}  # two turns to read


def padded(size: int) -> bytes:
    """A message of any type, of exactly `size` bytes, 16384 to 2097151: a field that no type knows."""
    length = size - 4
    return b"\x7a" + bytes([length & 127 | 128, length >> 7 & 127 | 128, length >> 14]) + bytes(length)


def backend() -> Backend:
    async def answer(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        return model_pb2.GetModelResponse(name="demo").SerializeToString()

    found = Backend()
    found.unary(SAMPLE, answer)
    found.unary(GET_MODEL, answer)
    return found


async def never() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def refused(call: grpc.aio.Call) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call  # type: ignore[misc]
    return caught.value.code(), caught.value.details() or ""


async def test_memory_of_large_and_unfinished_requests_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    given_back = []
    monkeypatch.setattr(uploads, "GIVE_BACK_SECONDS", 0.3)
    monkeypatch.setattr(uploads, "LARGE_BYTES", 2**15)
    monkeypatch.setattr(uploads, "give_back", lambda: given_back.append(1))
    async with running_edge(backend(), **LIMITS) as running:
        assert await running.channel.unary_unary(SAMPLE)(padded(2**14))
        await asyncio.sleep(0.6)
        assert not given_back
        for size in (2**15, 2**16 + 1):
            with contextlib.suppress(grpc.aio.AioRpcError):
                await running.channel.unary_unary(SAMPLE)(padded(size))
        while not given_back:
            await asyncio.sleep(0.05)
    assert len(given_back) <= 2  # for all of them together, and once more for those that came later


async def test_what_just_fits_arrives_and_a_byte_more_is_refused_in_our_words() -> None:
    async with running_edge(backend(), **LIMITS) as running:
        assert await running.channel.unary_unary(SAMPLE)(padded(2**16))
        before = len(running.backend.seen)
        for path in (SAMPLE, HEALTH):
            for size in (2**16 + 1, 2**17):
                code, text = await refused(running.channel.unary_unary(path)(padded(size)))
                assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
                assert text.startswith(f"request: {size} bytes are more than this server takes in one: 65536 (max_req")
        assert len(running.backend.seen) == before
        code, _ = await refused(running.channel.unary_unary(SAMPLE)(padded(2**17 + 1)))  # by gRPC itself
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_answers_may_be_larger_than_requests() -> None:
    size = 2**20

    async def answer(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        return padded(size)

    found = backend()
    found.unary(SAMPLE, answer)
    async with running_edge(found, **LIMITS) as running:
        assert len(await running.channel.unary_unary(SAMPLE)(b"")) == size


def test_the_largest_call_of_explicit_codes_fits_the_default() -> None:
    layers, w_dim = 18, 512  # of 1024 x 1024
    code = sampling_pb2.SampleRequest().latents.add()
    code.w.values.extend([0.5] * (layers * w_dim))
    request = sampling_pb2.SampleRequest(latents=[code] * 64)
    assert 0.85 < request.ByteSize() / Config().max_request_bytes < 0.95


async def test_calls_whose_message_never_comes_do_not_keep_others_waiting() -> None:
    async with running_edge(backend(), **LIMITS) as running:
        paths = (SAMPLE, HEALTH, REFLECTION)
        halves = [running.channel.stream_stream(paths[number % 3])(never(), timeout=300) for number in range(30)]
        ends = [asyncio.ensure_future(half.read()) for half in halves]
        await asyncio.sleep(0.2)
        stub = model_pb2_grpc.ModelServiceStub(running.channel)
        assert (await stub.GetModel(model_pb2.GetModelRequest(), timeout=100)).name == "demo"
        assert any(end.done() for end in ends)
        for half, end in zip(halves, ends, strict=True):
            if end.done():
                assert (await half.code()) is grpc.StatusCode.DEADLINE_EXCEEDED
                assert (await half.details()) == "request: it has not arrived in time"
            half.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
        alone = running.channel.stream_stream(REFLECTION)(never(), timeout=300)
        end = asyncio.ensure_future(alone.read())
        for _ in range(20):  # beside one that rests nobody has to wait, and so it may
            await stub.GetModel(model_pb2.GetModelRequest(), timeout=100)
        assert not end.done()
        alone.cancel()
        await asyncio.gather(end, return_exceptions=True)


async def test_a_message_that_does_not_come_ends_its_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "ARRIVAL_SECONDS", 0.1)
    async with running_edge(backend(), **LIMITS) as running:
        for path in (SAMPLE, HEALTH):
            call = running.channel.stream_unary(path)(never(), timeout=300)
            assert await refused(call) == (grpc.StatusCode.DEADLINE_EXCEEDED, "request: it has not arrived in time")


async def test_more_bytes_than_the_edge_may_hold_are_refused_until_others_have_gone() -> None:
    may_end = asyncio.Event()

    async def answer(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        await may_end.wait()
        return b""

    found = backend()
    found.unary(SAMPLE, answer)
    async with running_edge(found, **LIMITS) as running:
        call = running.channel.unary_unary(SAMPLE)
        held = [asyncio.ensure_future(call(padded(2**16), timeout=300)) for _ in range(4)]
        while len(running.backend.seen) < 4:
            await asyncio.sleep(0.01)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(padded(2**15))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "the requests of all calls hold 262144 of at most 262144 bytes" in (caught.value.details() or "")
        assert retry_seconds(caught.value) == 1
        stub = model_pb2_grpc.ModelServiceStub(running.channel)
        assert (await stub.GetModel(model_pb2.GetModelRequest())).name == "demo"
        may_end.set()
        await asyncio.gather(*held)
        assert await call(padded(2**15)) == b""


async def test_the_line_for_turns_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_WAITING", 3)
    everything = Uploads(Config(**LIMITS))
    waits = [asyncio.create_task(Upload(everything).only(never())) for _ in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await Upload(everything).only(never())
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)

    async def one() -> AsyncIterator[bytes]:
        yield b"x" * (2**16 + 1)

    with pytest.raises(ResourceExhausted):
        await Upload(everything).only(one())
