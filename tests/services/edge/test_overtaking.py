"""Of two replicas one stands still: what it holds is done by the other, as soon as others have overtaken it or it is
late."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from pathlib import Path

import grpc
import pytest

from mammoganesis.v1 import sampling_pb2, sampling_pb2_grpc
from mammoganesis.v1.images_pb2 import GeneratedImage
from services.edge import overtaking
from tests.support.edge_backend import Backend, Running, running_edge
from tests.support.haproxy import haproxy
from tests.support.replica_processes import running_replica

SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
STREAM_SAMPLES = "/mammoganesis.v1.SamplingService/StreamSamples"
DEADLINE_SECONDS = 300.0
"""Whoever is answered before the test's own time limit was answered long before this."""

REPLICA = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
import grpc

class Handler(grpc.GenericRpcHandler):
    def service(self, details):
        if details.method.endswith("/Check"):
            return grpc.unary_unary_rpc_method_handler(lambda *_: bytes([8, 1]))
        return grpc.unary_unary_rpc_method_handler(self.draw)

    def draw(self, request, context):
        print("drawing", flush=True)
        time.sleep(1)
        return bytes.fromhex(sys.argv[1])

server = grpc.server(ThreadPoolExecutor(64), [Handler()])
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
"""


def replica(name: str) -> AbstractContextManager[tuple[subprocess.Popen[str], int]]:
    """A process that takes a second for each call, and its port; its images are its name."""
    answer = sampling_pb2.SampleResponse(images=[GeneratedImage(data=name.encode())]).SerializeToString()
    return running_replica(REPLICA, answer.hex())


async def test_a_replica_that_is_stopped_loses_its_calls_to_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overtaking, "GRACE_SECONDS", 3.0)  # HAProxy needs one to two
    with (
        replica("one") as (stopped, one),
        replica("two") as (_, two),
        haproxy({"sampling": [one, two]}, tmp_path) as (address, _),
    ):
        async with running_edge(serve_address=address, max_repeats=5) as running:
            stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)

            async def ask(seed: int) -> str:
                answer = await stub.Sample(sampling_pb2.SampleRequest(seeds=[seed]), timeout=DEADLINE_SECONDS)
                return answer.images[0].data.decode()

            names = set[str]()
            while names != {"one", "two"}:  # both are there
                names = set(await asyncio.gather(*(ask(seed) for seed in range(8))))
            held = [asyncio.create_task(ask(seed)) for seed in range(8)]
            await asyncio.sleep(0.3)
            os.kill(stopped.pid, signal.SIGSTOP)
            others = []
            while not all(call.done() for call in held):
                others.append(asyncio.create_task(ask(100)))
                await asyncio.sleep(0.2)
            assert "two" in {await call for call in held}
            await asyncio.gather(*others)


async def test_a_caller_who_is_alone_is_served_by_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overtaking, "GRACE_SECONDS", 3.0)
    with (
        replica("one") as (one, first),
        replica("two") as (two, second),
        haproxy({"sampling": [first, second]}, tmp_path) as (address, _),
    ):
        async with running_edge(serve_address=address, max_repeats=20) as running:
            stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)

            async def ask() -> str:
                answer = await stub.Sample(sampling_pb2.SampleRequest(seeds=[1]), timeout=DEADLINE_SECONDS)
                return answer.images[0].data.decode()

            names = set[str]()
            while names != {"one", "two"}:
                names |= set(await asyncio.gather(ask(), ask()))
            await ask()
            for each in (one, two):
                assert each.stdout
                os.set_blocking(each.stdout.fileno(), False)
                os.read(each.stdout.fileno(), 100_000)
            held, drawing = asyncio.create_task(ask()), []
            while not drawing:
                await asyncio.sleep(0.05)
                drawing = select.select([one.stdout, two.stdout], [], [], 0)[0]
            stopped, other = (one, "two") if drawing[0] is one.stdout else (two, "one")
            os.kill(stopped.pid, signal.SIGSTOP)
            assert await held == other


class Held(Backend):
    """Holds the calls for some seeds for ever, the first time that they come."""

    def __init__(self, *seeds: int) -> None:
        super().__init__()
        self.calls: list[int] = []
        self.times: list[float] = []
        self._holds = list(seeds)
        self.unary(SAMPLE, self._sample)
        self.handlers[STREAM_SAMPLES] = grpc.unary_stream_rpc_method_handler(self._stream)

    async def _hold(self, seed: int) -> None:
        self.calls.append(seed)
        self.times.append(time.monotonic())
        if seed in self._holds:
            self._holds.remove(seed)
            await asyncio.Event().wait()

    async def _sample(self, body: bytes, _: grpc.aio.ServicerContext) -> bytes:
        await self._hold(sampling_pb2.SampleRequest.FromString(body).seeds[0])
        return b""

    async def _stream(self, body: bytes, _: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        first = sampling_pb2.StreamSamplesRequest.FromString(body).seed_range.first
        if first >= 10:  # is held after its first image
            yield sampling_pb2.StreamSamplesResponse().SerializeToString()
        await self._hold(first)
        yield sampling_pb2.StreamSamplesResponse(index=1).SerializeToString()


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overtaking, "GRACE_SECONDS", 0.2)


async def begun(backend: Held, calls: int) -> None:
    while len(backend.calls) < calls:
        await asyncio.sleep(0.01)


@pytest.mark.usefixtures("short_grace")
async def test_a_call_is_made_again_when_a_later_one_of_its_kind_has_been_answered_and_no_other_time() -> None:
    backend = Held(1, 2, 3, 3)
    async with running_edge(backend, max_repeats=5) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)

        async def ask(*seeds: int) -> sampling_pb2.SampleResponse:
            return await stub.Sample(sampling_pb2.SampleRequest(seeds=seeds), timeout=DEADLINE_SECONDS)

        small, large = asyncio.create_task(ask(1)), asyncio.create_task(ask(2, 2))
        await begun(backend, 2)
        await asyncio.sleep(0.5)
        assert backend.calls.count(1) == 1, "nobody has overtaken it"
        await ask(7)
        await small
        await asyncio.sleep(0.5)
        assert backend.calls.count(2) == 1, "who asks for less is drawn sooner"
        await ask(7, 7)
        await large
        twice = asyncio.create_task(ask(3))
        await begun(backend, 7)
        await ask(7)
        while backend.calls.count(3) < 2:
            await asyncio.sleep(0.01)
        await ask(7)
        await asyncio.sleep(0.5)
        assert not twice.done()
        assert backend.calls.count(3) == 2, "once, and not again"
        twice.cancel()


@pytest.mark.usefixtures("short_grace")
async def test_a_stream_is_made_again_before_its_first_image_and_not_after_it() -> None:
    backend = Held(1, 11)
    async with running_edge(backend, max_repeats=5) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)

        def stream(first: int) -> grpc.aio.UnaryStreamCall:
            seeds = sampling_pb2.SeedRange(first=first, count=2)
            return stub.StreamSamples(sampling_pb2.StreamSamplesRequest(seed_range=seeds), timeout=DEADLINE_SECONDS)

        silent, begins = stream(1), stream(11)
        assert (await begins.read()).index == 0
        await begun(backend, 2)
        assert [answer.index async for answer in stream(2)] == [1]
        assert (await silent.read()).index == 1
        await asyncio.sleep(0.5)
        assert sorted(backend.calls) == [1, 1, 2, 11]
        begins.cancel()


@pytest.mark.usefixtures("short_grace")
async def test_where_nothing_is_made_again_nothing_is_passed_on() -> None:
    backend = Held(1)
    async with running_edge(backend, max_repeats=0) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        call = stub.Sample(sampling_pb2.SampleRequest(seeds=[1]), timeout=DEADLINE_SECONDS)
        held = asyncio.ensure_future(call)
        await begun(backend, 1)
        await stub.Sample(sampling_pb2.SampleRequest(seeds=[2]), timeout=DEADLINE_SECONDS)
        await asyncio.sleep(0.5)
        assert backend.calls == [1, 2]
        held.cancel()


async def lone(running: Running, seed: int, seconds: float = DEADLINE_SECONDS) -> None:
    stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
    await stub.Sample(sampling_pb2.SampleRequest(seeds=[seed]), timeout=seconds)


@pytest.mark.usefixtures("short_grace")
async def test_a_call_that_takes_far_longer_than_its_kind_is_made_again_once() -> None:
    backend = Held(1, 2, 2)
    async with running_edge(backend, max_repeats=5) as running:
        unknown = asyncio.create_task(lone(running, 1))
        await begun(backend, 1)
        await asyncio.sleep(0.5)
        assert backend.calls == [1], "what is usual is not known"
        unknown.cancel()
        for _ in range(overtaking.LEAST_REMEMBERED):
            await lone(running, 7)
        backend.calls.clear()
        twice = asyncio.create_task(lone(running, 2))
        await begun(backend, 2)
        await asyncio.sleep(1)
        assert backend.calls == [2, 2]
        twice.cancel()


async def test_late_calls_are_made_again_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all have become slow that is one more, and not twice as many."""
    monkeypatch.setattr(overtaking, "GRACE_SECONDS", 1.0)
    backend = Held(1, 2, 3)
    async with running_edge(backend, max_repeats=5) as running:
        for _ in range(overtaking.LEAST_REMEMBERED):
            await lone(running, 7)
        monkeypatch.setattr(overtaking.Overtaking, "answered", lambda *_: None)  # nobody overtakes anybody
        backend.calls.clear()
        backend.times.clear()
        await asyncio.gather(*(lone(running, seed) for seed in (1, 2, 3)))
    assert sorted(backend.calls) == [1, 1, 2, 2, 3, 3]
    again = backend.times[3:]
    assert min(again[1] - again[0], again[2] - again[1]) > 0.5


@pytest.mark.usefixtures("short_grace")
async def test_a_call_that_has_no_time_to_be_made_again_is_left_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Held(1)
    async with running_edge(backend, max_repeats=5) as running:
        for _ in range(overtaking.LEAST_REMEMBERED):
            await lone(running, 7)
        monkeypatch.setattr(overtaking.Usual, "seconds", lambda *_: 1.0)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await lone(running, 1, seconds=3.5)
    assert error.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert backend.calls.count(1) == 1


def test_what_is_usual_grows_with_the_images() -> None:
    usual = overtaking.Usual()
    for images, seconds in ((1, 0.5), (0, 0.2)):
        usual.note(images, seconds)
    assert usual.seconds(1) is None
    usual.note(4, 1.0)
    assert usual.seconds(1) == 1.0
    assert usual.seconds(8) == 4.0
    for _ in range(overtaking.REMEMBERED):
        usual.note(1, 0.1)
    assert usual.seconds(1) == 0.1
