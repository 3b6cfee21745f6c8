"""An application that does not serve: calls that wait for it are told so long before their deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
from grpc import StatusCode

from mammoganesis.v1 import cases_pb2, cases_pb2_grpc, model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from services.edge import absence, health
from services.wire.retry import retry_seconds
from tests.support.edge_backend import Backend, Running, running_edge, until

GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
STREAM_SAMPLES = "/mammoganesis.v1.SamplingService/StreamSamples"
SAVE_CASE = "/mammoganesis.v1.CaseService/SaveCase"
CREATE_CASE = "/mammoganesis.v1.CaseService/CreateCase"
DEADLINE_SECONDS = 300.0
"""Whoever is told something before the test's own time limit was told it long before this."""


class Held(Backend):
    """Answers nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()
        for path in (GET_MODEL, SAMPLE, SAVE_CASE, CREATE_CASE):
            self.unary(path, self._answer)
        self.handlers[STREAM_SAMPLES] = grpc.unary_stream_rpc_method_handler(self._stream)

    async def _answer(self, _: bytes, __: grpc.aio.ServicerContext) -> bytes:
        await self.over.wait()
        return b""

    async def _stream(self, _: bytes, __: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        yield sampling_pb2.StreamSamplesResponse(index=7).SerializeToString()
        await self.over.wait()


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absence, "AWAY_SECONDS", 0.3)
    monkeypatch.setattr(health, "PROBE_PERIOD_SECONDS", 0.05)


async def goes(running: Running, application: str, serving: bool) -> None:
    """Until the edge knows that an application is away, or back."""
    running.backend.serving[application] = serving

    async def known() -> bool:
        return running.edge._prober.states()[application][0] is serving

    await until(known)


async def refused(call: grpc.aio.UnaryUnaryCall) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    assert caught.value.code() is StatusCode.UNAVAILABLE, caught.value.details()
    return caught.value


async def test_calls_that_wait_are_told_and_so_are_those_that_come_and_those_in_line() -> None:
    async with running_edge(Held(), max_batch_size=1) as running:
        models, samples = (
            stub(running.channel) for stub in (model_pb2_grpc.ModelServiceStub, sampling_pb2_grpc.SamplingServiceStub)
        )
        await goes(running, "sampling", True)
        before = models.GetModel(model_pb2.GetModelRequest(), timeout=DEADLINE_SECONDS)
        # More than the engine is given at a time: the last ones wait in the edge's own line.
        drawn = [samples.Sample(sampling_pb2.SampleRequest(seeds=[k]), timeout=DEADLINE_SECONDS) for k in range(8)]
        await goes(running, "sampling", False)
        after = models.GetModel(model_pb2.GetModelRequest(), timeout=DEADLINE_SECONDS)
        for call in (before, *drawn, after):
            error = await refused(call)
            assert "sampling has not served for" in (error.details() or "")
            assert 2 <= (retry_seconds(error) or 0) <= 3


async def test_a_stream_that_has_begun_is_told() -> None:
    async with running_edge(Held()) as running:
        stream = sampling_pb2_grpc.SamplingServiceStub(running.channel).StreamSamples(
            sampling_pb2.StreamSamplesRequest(seed_range=sampling_pb2.SeedRange(first=0, count=2))
        )
        assert (await stream.read()).index == 7
        await goes(running, "sampling", False)
        assert await stream.code() is StatusCode.UNAVAILABLE


async def test_a_call_waits_for_what_serves_and_for_what_is_back_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_edge(Held()) as running:
        stub = model_pb2_grpc.ModelServiceStub(running.channel)
        await goes(running, "sampling", True)
        slow = asyncio.ensure_future(stub.GetModel(model_pb2.GetModelRequest(), timeout=DEADLINE_SECONDS))
        await goes(running, "pca_editing", False)  # another one
        await asyncio.sleep(2 * absence.AWAY_SECONDS)
        monkeypatch.setattr(absence, "AWAY_SECONDS", DEADLINE_SECONDS)
        patient = asyncio.ensure_future(stub.GetModel(model_pb2.GetModelRequest(), timeout=DEADLINE_SECONDS))
        await goes(running, "sampling", False)
        await refused(slow)
        await goes(running, "sampling", True)
        running.backend.over.set()
        await patient


async def test_who_has_little_time_waits_for_half_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absence, "AWAY_SECONDS", DEADLINE_SECONDS)
    monkeypatch.setattr(absence, "AWAY_SHARE", 0.01)
    async with running_edge(Held()) as running:
        await goes(running, "sampling", False)
        stub = model_pb2_grpc.ModelServiceStub(running.channel)
        await refused(stub.GetModel(model_pb2.GetModelRequest(), timeout=20.0))


async def test_what_may_not_be_made_again_unseen_is_not_asked_for_again() -> None:
    async with running_edge(Held()) as running:
        await goes(running, "records", False)
        stub = cases_pb2_grpc.CaseServiceStub(running.channel)
        error = await refused(stub.SaveCase(cases_pb2.SaveCaseRequest(), timeout=DEADLINE_SECONDS))
        assert retry_seconds(error)
        error = await refused(stub.CreateCase(cases_pb2.CreateCaseRequest(), timeout=DEADLINE_SECONDS))
        assert retry_seconds(error) is None
        assert "when you have seen whether this call has been answered" in (error.details() or "")
