"""Answers larger than what a client takes: refused before they are sent, in words that say what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from services.client import Client
from tests.support.edge_backend import Backend, running_edge

SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
STREAM_SAMPLES = "/mammoganesis.v1.SamplingService/StreamSamples"
DEFAULT = 4 * 2**20  # of gRPC's clients
MOST = 8 * 2**20  # of the server here


def backend(size: int) -> Backend:
    """Answers of `size` bytes; a stream sends a small one first."""

    async def single(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        return padded(size)

    async def stream(_: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        yield sampling_pb2.StreamSamplesResponse(index=1).SerializeToString()
        yield padded(size)

    found = Backend()
    found.unary(SAMPLE, single)
    found.unary(GET_MODEL, single)
    found.handlers[STREAM_SAMPLES] = grpc.unary_stream_rpc_method_handler(stream)
    return found


def padded(size: int) -> bytes:
    """A message of exactly `size` bytes, more than 2**21: one of tag, four of length, and text."""
    body = model_pb2.GetModelResponse(attribution="x" * (size - 5)).SerializeToString()
    assert len(body) == size
    return body


async def refused(call: grpc.aio.UnaryUnaryCall) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code(), caught.value.details() or ""


async def test_what_just_fits_a_client_of_default_settings_arrives() -> None:
    async with (
        running_edge(backend(DEFAULT), max_message_bytes=MOST) as running,
        grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel,
    ):
        model = await model_pb2_grpc.ModelServiceStub(channel).GetModel(model_pb2.GetModelRequest())
        assert model.ByteSize() == DEFAULT


async def test_a_byte_more_is_refused_with_the_numbers_and_the_way_out() -> None:
    async with (
        running_edge(backend(DEFAULT + 1), max_message_bytes=MOST) as running,
        grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel,
    ):
        code, text = await refused(sampling_pb2_grpc.SamplingServiceStub(channel).Sample(sampling_pb2.SampleRequest()))
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
        for words in ("has 4194305 bytes", "takes 4194304 as gRPC's default is", "take StreamSamples", f"up to {MOST}"):
            assert words in text
        code, text = await refused(model_pb2_grpc.ModelServiceStub(channel).GetModel(model_pb2.GetModelRequest()))
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "StreamSamples" not in text  # which sends no model
        stream = sampling_pb2_grpc.SamplingServiceStub(channel).StreamSamples(sampling_pb2.StreamSamplesRequest())
        assert (await stream.read()).index == 1
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stream.read()
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "4194305 bytes" in (caught.value.details() or "")


async def test_a_client_that_takes_more_and_says_so_gets_it() -> None:
    async with running_edge(backend(DEFAULT + 1), max_message_bytes=MOST) as running:
        stub = model_pb2_grpc.ModelServiceStub(running.channel)
        said = (("x-max-message-bytes", str(MOST)),)
        assert (await stub.GetModel(model_pb2.GetModelRequest(), metadata=said)).ByteSize() == DEFAULT + 1
        said = (("x-max-message-bytes", str(DEFAULT)),)
        code, _ = await refused(stub.GetModel(model_pb2.GetModelRequest(), metadata=said))
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("value", ["0", "-1", "many", "1e6", "9" * 20])
async def test_a_size_that_is_none_is_refused(value: str) -> None:
    async with running_edge(backend(DEFAULT)) as running:
        stub = model_pb2_grpc.ModelServiceStub(running.channel)
        code, text = await refused(
            stub.GetModel(model_pb2.GetModelRequest(), metadata=(("x-max-message-bytes", value),))
        )
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert text == f"x-max-message-bytes: '{value}' is not allowed; allowed: an integer, 1 or more, in bytes"
        assert not running.backend.seen


async def test_our_client_says_what_it_takes() -> None:
    async with running_edge(backend(DEFAULT + 1), max_message_bytes=MOST) as running:

        def ask() -> int:
            with Client.connect(f"127.0.0.1:{running.port}") as client:
                return client.model().ByteSize()

        assert await asyncio.to_thread(ask) == DEFAULT + 1
