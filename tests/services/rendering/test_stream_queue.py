"""Streams before a full queue: refused before they begin, patient once they have."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

import numpy as np
import pytest

from mammoganesis.editing.noise import WITHOUT
from mammoganesis.errors import DeadlineExceeded, ResourceExhausted
from mammoganesis.v1.images_pb2 import GeneratedImage
from mammoganesis.v1.sampling_pb2 import SampleRequest, SeedRange, StreamSamplesRequest
from services.rendering.calls import CallContext
from services.rendering.engine import LocalEngine
from services.rendering.jobs import SynthesisJob, SynthesisResult
from services.servicers.assembly import Servicers
from tests.support.serving import CALL, RAW, serving

REQUEST = StreamSamplesRequest(seed_range=SeedRange(first=0, count=12), format=RAW)


def engine_of(servicers: Servicers) -> LocalEngine:
    assert isinstance(servicers.engine, LocalEngine)
    return servicers.engine


async def until(engine: LocalEngine, refused: int) -> None:
    """Waits until the engine has refused so many images; the test's own time limit ends the wait."""
    while engine.statistics.refused < refused:
        await asyncio.sleep(0.01)


@asynccontextmanager
async def stopped(engine: LocalEngine, waiting: int) -> AsyncIterator[threading.Event]:
    """The engine in the middle of an image of others, and `waiting` of theirs behind it, until the event is set."""
    while engine.queue_length or (engine._drain is not None and not engine._drain.done()):
        await asyncio.sleep(0.01)
    go_on = threading.Event()
    engine._thread.submit(go_on.wait)
    job = SynthesisJob(np.zeros(engine.bundle.manifest.dimensions.num_styles, np.float32), WITHOUT)
    others = [asyncio.create_task(engine.synthesize([job], None))]
    await asyncio.sleep(0)
    while engine.queue_length:  # it has been taken
        await asyncio.sleep(0)
    others += [asyncio.create_task(engine.synthesize([job], None)) for _ in range(waiting)]
    while engine.queue_length < waiting:
        await asyncio.sleep(0)
    try:
        yield go_on
    finally:
        go_on.set()
        await asyncio.gather(*others)


async def single(servicers: Servicers) -> list[bytes]:
    """The images of REQUEST, each from a call of its own."""
    images: list[GeneratedImage] = []
    for seed in range(12):
        answer = await servicers.sampling.Sample(SampleRequest(seeds=[seed], format=RAW), CALL)
        images.extend(answer.images)
    return [image.data for image in images]


async def test_a_stream_is_refused_before_it_begins() -> None:
    async with serving(max_batch_size=1, max_queued_images=2) as servicers:
        async with stopped(engine_of(servicers), waiting=2):
            with pytest.raises(ResourceExhausted, match="holds 2 of at most 2"):
                await anext(servicers.sampling.StreamSamples(REQUEST, CALL))
        assert len(asyncio.all_tasks()) == 1  # this test


async def test_a_stream_begins_with_what_room_there_is() -> None:
    async with serving(max_batch_size=1, max_queued_images=2) as servicers:
        engine = engine_of(servicers)
        async with stopped(engine, waiting=1) as go_on:

            async def read() -> list[bytes]:
                return [response.image.data async for response in servicers.sampling.StreamSamples(REQUEST, CALL)]

            reader = asyncio.create_task(read())
            await until(engine, refused=1)
            go_on.set()
            images = await reader
        assert images == await single(servicers)


async def test_a_stream_that_has_begun_waits_for_room() -> None:
    async with serving(max_batch_size=1, max_queued_images=2) as servicers:
        engine = engine_of(servicers)
        responses = servicers.sampling.StreamSamples(REQUEST, CALL)
        images = [(await anext(responses)).image.data]
        async with stopped(engine, waiting=2) as go_on:

            async def read() -> None:
                images.extend([response.image.data async for response in responses])

            reader = asyncio.create_task(read())
            await until(engine, refused=4)
            assert not reader.done()
            go_on.set()
            await reader
        assert images == await single(servicers)


async def test_a_stream_waits_until_its_deadline() -> None:
    async with serving(max_batch_size=1, max_queued_images=2) as servicers:
        responses = servicers.sampling.StreamSamples(REQUEST, CallContext.with_timeout("short", 1.0))
        await anext(responses)
        async with stopped(engine_of(servicers), waiting=2):
            with pytest.raises(DeadlineExceeded):
                async for _ in responses:
                    pass
        assert engine_of(servicers).statistics.refused > 0


@pytest.mark.parametrize("waiting", [1, 2])
async def test_cancelling_a_stream_that_waits_leaves_nothing(waiting: int) -> None:
    async with serving(max_batch_size=1, max_queued_images=2) as servicers:
        engine = engine_of(servicers)
        async with aclosing(servicers.sampling.StreamSamples(REQUEST, CALL)) as responses:
            await anext(responses)
            async with stopped(engine, waiting):

                async def read() -> None:
                    async for _ in responses:
                        pass

                reader = asyncio.create_task(read())
                await until(engine, refused=1)
                reader.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await reader
                assert engine.queue_length == waiting
        assert len(asyncio.all_tasks()) == 1  # this test


class Choosy:
    """A real engine that finds no room for some of the calls made to it, counted from 0."""

    def __init__(self, engine: LocalEngine, refused: set[int]) -> None:
        self._engine = engine
        self._refused = refused
        self.calls = self.asked = 0  # images that it was asked for, and not refused

    async def synthesize(self, jobs: Sequence[SynthesisJob], deadline: float | None) -> list[SynthesisResult]:
        self.calls += 1
        if self.calls - 1 in self._refused:
            raise ResourceExhausted("no room; try again later")
        self.asked += len(jobs)
        return await self._engine.synthesize(jobs, deadline)

    async def close(self) -> None:
        await self._engine.close()


@pytest.mark.parametrize("max_batch_size", [1, 2, 5])
@pytest.mark.parametrize("refused", [{0}, {1, 2, 3}, {5}, {0, 3, 4, 5, 7}, set(range(3, 40)), set(range(1, 40, 2))])
async def test_refusals_change_neither_images_nor_order(refused: set[int], max_batch_size: int) -> None:
    async with serving(max_batch_size=max_batch_size) as servicers:
        expected = await single(servicers)
        choosy = Choosy(engine_of(servicers), refused)
        async with serving(engine=choosy, max_batch_size=max_batch_size) as others:
            images = [response.image.data async for response in others.sampling.StreamSamples(REQUEST, CALL)]
        assert images == expected
        assert choosy.asked == 12  # none is drawn twice


async def test_images_of_a_stream_share_calls_of_the_engine() -> None:
    """The first is alone, so that it comes soon; the others come by the batch, as the engine draws them."""
    async with serving() as servicers:
        expected = await single(servicers)
        counting = Choosy(engine_of(servicers), set())
        async with serving(engine=counting, max_batch_size=4) as others:
            images = [response.image.data async for response in others.sampling.StreamSamples(REQUEST, CALL)]
        assert images == expected
        assert (counting.asked, counting.calls) == (12, 1 + 3)
