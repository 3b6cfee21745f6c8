"""What the edge asks the services for again when it was lost on the way, and what not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass
from grpc import StatusCode

from mammoganesis.v1 import cases_pb2, cases_pb2_grpc, model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from services.edge import repeats
from services.wire.refusals import marked
from tests.support.edge_backend import ROUNDED_UP, Backend, all_stream_types, running_edge

GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
STREAM_SAMPLES = "/mammoganesis.v1.SamplingService/StreamSamples"


class Flaky:
    """GetModel fails the first times."""

    def __init__(self, failures: int, code: StatusCode, details: str) -> None:
        self.calls: list[dict[str, Any]] = []
        self.backend = Backend()
        self.backend.unary(GET_MODEL, self._answer)
        self._failures, self._status = failures, (code, details)

    async def _answer(self, _: bytes, context: grpc.aio.ServicerContext) -> bytes:
        self.calls.append(dict(context.invocation_metadata() or ()))
        if len(self.calls) <= self._failures:
            await context.abort(*self._status)
        return model_pb2.GetModelResponse(name="demo").SerializeToString()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(repeats, "LONGEST_PAUSE_SECONDS", 0.05)


@pytest.mark.parametrize(
    ("code", "details"),
    [
        (StatusCode.UNAVAILABLE, "Socket closed"),
        (StatusCode.UNKNOWN, "Received http2 header with status: 500"),
        (StatusCode.NOT_FOUND, "Application 'sampling' not found."),
        (StatusCode.INTERNAL, "Received RST_STREAM with error code 2"),
    ],
)
async def test_a_call_that_was_lost_is_made_again(code: StatusCode, details: str) -> None:
    flaky = Flaky(3, code, details)
    async with running_edge(flaky.backend, max_repeats=5) as running:
        stub = model_pb2_grpc.ModelServiceStub(running.channel)
        answer = await stub.GetModel(model_pb2.GetModelRequest(), timeout=30, metadata=(("x-request-id", "mine"),))
    assert answer.name == "demo"
    assert [call["x-request-id"] for call in flaky.calls] == ["mine"] * 4
    left = [int(call["x-deadline-milliseconds"]) for call in flaky.calls]
    assert 30_000 * ROUNDED_UP >= left[0] > left[1] > left[2] > left[3] > 0


@pytest.mark.parametrize(
    ("code", "details"),
    [
        (StatusCode.INVALID_ARGUMENT, marked("psi: 7 is not allowed")),
        (StatusCode.NOT_FOUND, marked("latent_id: not here")),
        (StatusCode.UNAVAILABLE, marked("the engine went away during the call; try again")),
        (StatusCode.INTERNAL, marked("internal error 0123")),
        (StatusCode.RESOURCE_EXHAUSTED, "Request dropped due to backpressure"),
        (StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded"),
        (StatusCode.UNAUTHENTICATED, "this port is for the edge alone"),
        (StatusCode.UNIMPLEMENTED, "Method not found!"),
    ],
)
async def test_what_a_service_says_and_what_would_come_again_is_not_asked_for_twice(
    code: StatusCode, details: str
) -> None:
    flaky = Flaky(1, code, details)
    async with running_edge(flaky.backend, max_repeats=5) as running:
        with pytest.raises(grpc.aio.AioRpcError):
            await model_pb2_grpc.ModelServiceStub(running.channel).GetModel(model_pb2.GetModelRequest())
    assert len(flaky.calls) == 1


@pytest.mark.parametrize(
    ("rpc", "request_type", "calls"),
    [
        ("CreateCase", cases_pb2.CreateCaseRequest, 1),
        ("ImportCases", cases_pb2.ImportCasesRequest, 1),
        ("SaveCase", cases_pb2.SaveCaseRequest, 4),
        ("GetCase", cases_pb2.GetCaseRequest, 4),
    ],
)
async def test_what_would_be_done_twice_is_not_made_again(rpc: str, request_type: Any, calls: int) -> None:
    flaky = Flaky(3, StatusCode.UNAVAILABLE, "Socket closed")
    flaky.backend.unary(f"/mammoganesis.v1.CaseService/{rpc}", flaky._answer)
    async with running_edge(flaky.backend, max_repeats=5) as running:
        call = getattr(cases_pb2_grpc.CaseServiceStub(running.channel), rpc)(request_type(), timeout=30)
        code = await call.code()
    assert len(flaky.calls) == calls
    assert code is (StatusCode.OK if calls > 1 else StatusCode.UNAVAILABLE)


async def test_repeats_are_counted_and_the_last_error_is_in_our_words() -> None:
    flaky = Flaky(100, StatusCode.UNAVAILABLE, "ipv4:10.1.2.3:9000: Socket closed")
    async with running_edge(flaky.backend, max_repeats=2) as running:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await model_pb2_grpc.ModelServiceStub(running.channel).GetModel(model_pb2.GetModelRequest())
    assert len(flaky.calls) == 3
    assert caught.value.code() is StatusCode.UNAVAILABLE
    assert (caught.value.details() or "").startswith("sampling is not available at the moment")
    assert "10.1.2.3" not in (caught.value.details() or "")


async def test_repeats_end_before_the_deadline_does() -> None:
    flaky = Flaky(10_000, StatusCode.UNAVAILABLE, "Socket closed")
    async with running_edge(flaky.backend, max_repeats=1_000) as running:
        for settings, at_least in (({"timeout": 1.0}, 2), ({"timeout": 0.4}, 1)):
            flaky.calls.clear()
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await model_pb2_grpc.ModelServiceStub(running.channel).GetModel(model_pb2.GetModelRequest(), **settings)
            assert caught.value.code() is StatusCode.UNAVAILABLE  # said, and not DEADLINE_EXCEEDED by itself
            assert at_least <= len(flaky.calls) < 1_000


async def test_a_stream_of_which_nothing_has_come_is_made_again() -> None:
    begun = []

    async def fails_twice(_: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        begun.append(1)
        if len(begun) <= 2:
            await context.abort(StatusCode.UNAVAILABLE, "no replica can be reached")
        for index in range(3):
            yield sampling_pb2.StreamSamplesResponse(index=index).SerializeToString()

    backend = Backend({STREAM_SAMPLES: grpc.unary_stream_rpc_method_handler(fails_twice)})
    async with running_edge(backend, max_repeats=5) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        answers = [answer.index async for answer in stub.StreamSamples(sampling_pb2.StreamSamplesRequest())]
    assert answers == [0, 1, 2]
    assert len(begun) == 3


async def test_a_stream_that_has_begun_is_not_made_again_nor_is_a_stream_of_requests() -> None:
    begun = []

    async def fails(_: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        begun.append(1)
        yield sampling_pb2.StreamSamplesResponse().SerializeToString()
        await context.abort(StatusCode.UNAVAILABLE, "Socket closed")

    async def fails_at_once(requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> bytes:
        begun.append(1)
        await context.abort(StatusCode.UNAVAILABLE, "Socket closed")
        return b""

    service = all_stream_types()
    words = GetMessageClass(service.methods[0].input_type)

    async def spoken() -> AsyncIterator[bytes]:
        yield words(text="a").SerializeToString()

    backend = Backend({STREAM_SAMPLES: grpc.unary_stream_rpc_method_handler(fails)})
    async with running_edge(backend, max_repeats=5) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        with pytest.raises(grpc.aio.AioRpcError):
            _ = [answer async for answer in stub.StreamSamples(sampling_pb2.StreamSamplesRequest())]
        assert len(begun) == 1
    path = f"/{service.full_name}/In"
    backend = Backend({path: grpc.stream_unary_rpc_method_handler(fails_at_once)})
    async with running_edge(backend, {service: "streams"}, max_repeats=5) as running:
        with pytest.raises(grpc.aio.AioRpcError):
            await running.channel.stream_unary(path)(spoken())
        assert len(begun) == 2


async def test_a_call_made_while_nothing_listens_is_answered_when_something_does() -> None:
    flaky = Flaky(0, StatusCode.OK, "")
    async with running_edge(flaky.backend, max_repeats=1_000) as running:
        stub = model_pb2_grpc.ModelServiceStub(running.channel)
        await stub.GetModel(model_pb2.GetModelRequest())
        await running.backend_server.stop(None)
        waiting = [asyncio.ensure_future(stub.GetModel(model_pb2.GetModelRequest())) for _ in range(20)]
        await asyncio.sleep(0.5)
        assert not any(task.done() for task in waiting)
        again = grpc.aio.server()
        again.add_generic_rpc_handlers((flaky.backend,))
        again.add_insecure_port(running.backend_address)
        await again.start()
        assert {answer.name for answer in await asyncio.gather(*waiting)} == {"demo"}
        await again.stop(None)
