"""Overload at the real edge: what is refused, when and with what words; who is served first; what never waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from mammoganesis.errors import DeadlineExceeded, Overloaded
from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from services.edge.admission import Admission
from services.process.config import Config
from services.wire.retry import retry_seconds
from tests.support.edge_backend import Backend, Running, running_edge, until

SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
STREAM_SAMPLES = "/mammoganesis.v1.SamplingService/StreamSamples"
GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
SMALL = {"max_batch_size": 2, "max_queued_images": 16}  # 8 images are in the engine at a time


class Engine:
    """Draws when the test says so; notes what it was given, in order."""

    def __init__(self) -> None:
        self.given: list[int] = []  # the first seed of each call
        self.may_draw = asyncio.Event()

    def backend(self) -> Backend:
        async def sample(body: bytes, context: grpc.aio.ServicerContext) -> bytes:
            request = sampling_pb2.SampleRequest.FromString(body)
            self.given.append(request.seeds[0])
            await self.may_draw.wait()
            return sampling_pb2.SampleResponse().SerializeToString()

        async def stream(body: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
            self.given.append(-1)
            await self.may_draw.wait()
            yield sampling_pb2.StreamSamplesResponse().SerializeToString()

        async def model(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
            return model_pb2.GetModelResponse(name="demo").SerializeToString()

        backend = Backend()
        backend.unary(SAMPLE, sample)
        backend.unary(GET_MODEL, model)
        backend.handlers[STREAM_SAMPLES] = grpc.unary_stream_rpc_method_handler(stream)
        return backend


def connection(running: Running) -> grpc.aio.Channel:
    """Of another client."""
    return grpc.aio.insecure_channel(f"127.0.0.1:{running.port}", [("grpc.use_local_subchannel_pool", 1)])


def asked(channel: grpc.aio.Channel, first: int, images: int = 1, priority: str = "") -> asyncio.Future:
    request = sampling_pb2.SampleRequest(seeds=range(first, first + images))
    metadata = [("x-priority", priority)] if priority else []
    stub = sampling_pb2_grpc.SamplingServiceStub(channel)
    return asyncio.ensure_future(stub.Sample(request, timeout=60, metadata=metadata))


async def given(engine: Engine, count: int) -> None:
    async def enough() -> bool:
        return len(engine.given) >= count

    await until(enough)


async def waiting(running: Running, calls: int) -> None:
    async def enough() -> bool:
        return running.edge._forwarder.frames.in_flight >= calls

    await until(enough)


async def test_too_much_is_refused_with_the_time_to_try_again_and_never_as_unavailable() -> None:
    engine = Engine()
    async with running_edge(engine.backend(), **SMALL) as running, connection(running) as channel:
        calls = [asked(channel, seed) for seed in range(40)]
        await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        await given(engine, 8)
        engine.may_draw.set()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    refused = [error for error in outcomes if isinstance(error, grpc.aio.AioRpcError)]
    assert 0 < len(refused) <= 40 - 8
    assert {error.code() for error in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    for error in refused:
        assert 0.25 <= (retry_seconds(error) or 0) <= 45
        assert "places are taken" in (error.details() or "")
        assert "try again in" in (error.details() or "")
    assert len(engine.given) == 40 - len(refused)  # what was refused was never computed


async def test_what_no_call_may_ask_for_goes_to_the_service_which_says_what_is_allowed() -> None:
    """Told to try again it would do so for ever."""
    engine = Engine()
    engine.may_draw.set()
    async with running_edge(engine.backend(), **SMALL) as running, connection(running) as channel:
        for images in (17, 100_000):
            await asked(channel, 5, images)
    assert engine.given == [5, 5]


async def test_a_connection_leaves_room_for_another_which_comes_next() -> None:
    engine = Engine()
    async with (
        running_edge(engine.backend(), **SMALL) as running,
        connection(running) as greedy,
        connection(running) as modest,
    ):
        flood = [asked(greedy, seed) for seed in range(100, 140)]

        async def half_is_held() -> bool:
            return len(flood) - sum(call.done() for call in flood) <= 8  # of 16 places

        await until(half_is_held)
        call = asked(modest, 7)
        engine.may_draw.set()
        await call
        assert 7 in engine.given
        await asyncio.gather(*flood, return_exceptions=True)


async def test_turns_go_to_the_client_with_the_fewest_images_in_the_engine() -> None:
    engine = Engine()
    settings = {"max_batch_size": 2, "max_queued_images": 64}
    async with (
        running_edge(engine.backend(), **settings) as running,
        connection(running) as greedy,
        connection(running) as modest,
    ):
        flood = [asked(greedy, seed) for seed in range(100, 120)]
        await given(engine, 8)
        await waiting(running, 20)
        call = asked(modest, 7)
        await waiting(running, 21)
        assert 7 not in engine.given  # the engine has all that it can use
        engine.may_draw.set()
        await asyncio.gather(call, *flood)
    assert engine.given[8] == 7


async def test_health_and_model_are_answered_while_nothing_is_drawn() -> None:
    engine = Engine()
    async with running_edge(engine.backend(), **SMALL) as running, connection(running) as channel:
        flood = [asked(channel, seed) for seed in range(40)]
        streams = [
            sampling_pb2_grpc.SamplingServiceStub(channel).StreamSamples(
                sampling_pb2.StreamSamplesRequest(seed_range=sampling_pb2.SeedRange(count=100)), timeout=60
            )
            for _ in range(10)
        ]
        await given(engine, 8)
        stub = model_pb2_grpc.ModelServiceStub(channel)
        for _ in range(20):
            assert (await stub.GetModel(model_pb2.GetModelRequest(), timeout=30)).name == "demo"
        assert not engine.may_draw.is_set()
        for stream in streams:
            stream.cancel()
        engine.may_draw.set()
        await asyncio.gather(*flood, return_exceptions=True)


async def test_streams_have_a_room_of_their_own() -> None:
    engine = Engine()
    async with running_edge(engine.backend(), **SMALL) as running, connection(running) as channel:
        stub = sampling_pb2_grpc.SamplingServiceStub(channel)
        request = sampling_pb2.StreamSamplesRequest(seed_range=sampling_pb2.SeedRange(count=100))
        first = stub.StreamSamples(request, timeout=60)
        await given(engine, 1)
        second = stub.StreamSamples(request, timeout=60)
        await given(engine, 2)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.StreamSamples(request, timeout=60).read()
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert retry_seconds(caught.value)
        call = asked(channel, 1)
        engine.may_draw.set()
        await call
        await first.read()
        await second.read()


async def drawn(admission: Admission, images: int, seconds: float) -> None:
    async with admission.single("ipv4:10.0.0.1:1", images, 600):
        await asyncio.sleep(seconds)


async def test_what_would_not_be_done_in_time_is_refused_by_the_speed_that_was_seen() -> None:
    admission = Admission(Config(max_batch_size=2, max_queued_images=64))
    for _ in range(4):  # 8 images in 0.4 seconds: 20 a second
        await drawn(admission, 8, 0.4)
    async with admission.single("ipv4:10.0.0.1:1", 8, 600):  # 0.4 seconds of work, and more where all was slower
        with pytest.raises(Overloaded) as caught:
            async with admission.single("ipv4:10.0.0.2:1", 1, 0.25):
                raise AssertionError("admitted")
        assert "8 images are to be drawn before this call's 1" in caught.value.message
        assert caught.value.retry_seconds < 8
        with pytest.raises(Overloaded):  # a stream's first image would come too late as well
            async with admission.stream("ipv4:10.0.0.2:1", 4, 0.25):
                raise AssertionError("admitted")
        with pytest.raises(DeadlineExceeded):  # the engine is not done in time, against all that was seen
            async with admission.single("ipv4:10.0.0.3:1", 1, 1.5):
                raise AssertionError("admitted")
    async with admission.single("ipv4:10.0.0.2:1", 60, 0.1):  # with nothing before it a call is never refused by time
        pass


async def test_a_quiet_time_tells_what_a_burst_may_ask_for() -> None:
    admission = Admission(Config(max_batch_size=2, max_queued_images=256))
    for _ in range(3):
        await drawn(admission, 1, 0.05)  # 20 a second, at least
    ended = asyncio.Event()

    async def call(number: int) -> str:
        try:
            async with admission.single(f"ipv4:10.0.0.1:{number % 16}", 1, 1):
                await ended.wait()
        except (Overloaded, DeadlineExceeded) as error:
            return type(error).__name__
        return "OK"

    calls = [asyncio.create_task(call(number)) for number in range(100)]
    while sum(task.done() for task in calls) < 80:
        await asyncio.sleep(0.01)
    ended.set()
    outcomes = await asyncio.gather(*calls)
    assert outcomes.count("Overloaded") >= 84, "within 0.8 s 16 at most, of which a slow machine gives less"
    assert 2 <= outcomes.count("OK") <= 16


async def test_who_waits_in_line_is_refused_when_it_is_seen_that_they_would_be_too_late() -> None:
    admission = Admission(Config(max_batch_size=2, max_queued_images=256))
    one = asyncio.Lock()
    ended: dict[str, list[float]] = {"OK": [], "Overloaded": [], "DeadlineExceeded": []}
    start = asyncio.get_running_loop().time()

    async def call(number: int) -> None:
        name = "OK"
        try:
            async with admission.single(f"ipv4:10.0.0.1:{number % 16}", 1, 4), one:
                await asyncio.sleep(0.1)
        except (Overloaded, DeadlineExceeded) as error:
            name = type(error).__name__
        ended[name].append(asyncio.get_running_loop().time() - start)

    await asyncio.gather(*(call(number) for number in range(100)))  # 10 seconds of work, and nothing is known
    assert not ended["DeadlineExceeded"]
    assert len(ended["OK"]) + len(ended["Overloaded"]) == 100
    assert len(ended["OK"]) >= 10
    assert len(ended["Overloaded"]) >= 60
    assert min(ended["Overloaded"]) < 4, "before their time is over"


async def test_a_host_with_many_connections_leaves_room_for_another_host() -> None:
    admission = Admission(Config(max_batch_size=2, max_queued_images=64))
    stay, held, refused = asyncio.Event(), 0, 0

    async def call(client: str) -> None:
        nonlocal held, refused
        try:
            held += 1
            async with admission.single(client, 1, 600):
                await stay.wait()
        except Overloaded:
            held -= 1
            refused += 1

    calls = [asyncio.create_task(call(f"ipv4:10.0.0.1:{port}")) for port in range(200)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert held < 54, "four fifths of 64"
    assert held + refused == 200
    calls += [asyncio.create_task(call(f"ipv4:10.0.0.{host}:1")) for host in range(2, 6)]
    before = refused
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert refused == before
    stay.set()
    await asyncio.gather(*calls)
    async with admission.single("ipv4:10.0.0.9:1", 64, 1):  # nothing is left behind
        pass


async def test_a_connection_that_holds_less_goes_before_one_of_its_host_that_holds_more() -> None:
    admission = Admission(Config(max_batch_size=2, max_queued_images=64))
    stay = asyncio.Event()
    refusals: list[tuple[str, Overloaded]] = []

    async def call(client: str, images: int) -> None:
        try:
            async with admission.single(client, images, 600):
                await stay.wait()
        except Overloaded as error:
            refusals.append((client, error))

    async def come(client: str, images: int) -> None:
        calls.append(asyncio.create_task(call(f"ipv4:10.0.0.1:{client}", images)))
        await asyncio.sleep(0.01)

    calls: list[asyncio.Task[None]] = []
    for client in ("1", "2", "3", "4", "5", "6", "7"):  # all that one host may hold, and more than is left for it
        await come(client, 8)
    assert not refusals
    await come("8", 8)
    assert [client for client, _ in refusals] == ["ipv4:10.0.0.1:8"]  # as much as each of the others: nobody gives way
    await come("9", 1)
    assert [client for client, _ in refusals] == ["ipv4:10.0.0.1:8", "ipv4:10.0.0.1:7"]
    assert "its connection holds 8 images" in refusals[-1][1].message
    assert refusals[-1][1].retry_seconds
    stay.set()
    await asyncio.gather(*calls)
    assert len(refusals) == 2
    async with admission.single("ipv4:10.0.0.9:1", 64, 1):  # nothing is left behind
        pass


async def test_a_call_that_is_given_up_in_line_leaves_it() -> None:
    admission = Admission(Config(max_batch_size=2, max_queued_images=64))
    async with admission.single("ipv4:10.0.0.1:1", 8, 600):
        given_up = asyncio.create_task(drawn(admission, 20, 600))
        await asyncio.sleep(0.01)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
    async with admission.single("ipv4:10.0.0.2:1", 64, 1):
        pass


async def test_a_stream_whose_client_does_not_take_its_images_asks_for_none() -> None:
    admission = Admission(Config(max_batch_size=2, max_queued_images=8))

    async def answers() -> AsyncIterator[int]:
        for number in range(100):
            yield number

    async with admission.stream("ipv4:10.0.0.1:1", 100, 600) as first:
        with pytest.raises(Overloaded):
            async with admission.stream("ipv4:10.0.0.2:1", 100, 600):
                pass
        async for _ in admission.each(first, answers()):
            await asyncio.sleep(1.1)
            async with admission.stream("ipv4:10.0.0.2:1", 100, 600):
                pass
            break


async def test_calls_in_the_background_take_no_turn_from_others() -> None:
    engine = Engine()
    settings = {"max_batch_size": 2, "max_queued_images": 64}
    async with (
        running_edge(engine.backend(), **settings) as running,
        connection(running) as bulk,
        connection(running) as person,
    ):
        flood = [asked(bulk, seed, priority="background") for seed in range(100, 120)]
        await given(engine, 8)
        await waiting(running, 20)
        calls = [asked(person, seed) for seed in range(8)]
        await given(engine, 16)  # at once, although the engine has all that it can use of the others
        assert sorted(engine.given[8:]) == list(range(8))
        engine.may_draw.set()
        await asyncio.gather(*calls, *flood)


async def test_the_engine_is_told_what_can_wait_and_other_words_are_refused() -> None:
    told: list[object] = []

    async def sample(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        told.append(dict(context.invocation_metadata() or ()).get("x-priority"))
        return sampling_pb2.SampleResponse().SerializeToString()

    backend = Backend()
    backend.unary(SAMPLE, sample)
    async with running_edge(backend) as running, connection(running) as channel:
        await asked(channel, 1, priority="background")
        await asked(channel, 2)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await asked(channel, 3, priority="urgent")
    assert told == ["background", None]
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "x-priority: 'urgent' is not allowed; allowed: background, or left out" in (refused.value.details() or "")
