"""The engine's queue is bounded and in order, and faults stay where they happen."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import numpy as np
import pytest

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.editing.masks import FurtherSets
from mammoganesis.editing.noise import NoiseTerm
from mammoganesis.errors import DeadlineExceeded, ResourceExhausted, Unavailable
from services.process.config import Config
from services.rendering.engine import LocalEngine
from services.rendering.jobs import SynthesisError, SynthesisJob
from tests.support.engine_jobs import alone, further, held, some_job
from tests.support.serving import TINY


async def test_what_waits_is_taken_together_in_order(engine: LocalEngine) -> None:
    order: list[int] = []

    async def ask(number: int) -> int:
        (result,) = await engine.synthesize([some_job(number)], None)
        order.append(number)
        return result.batch_size

    sizes = await asyncio.gather(*(ask(number) for number in range(17)))
    assert sizes == [8] * 16 + [1]
    assert order == list(range(17))
    assert engine.statistics.images == 17
    assert engine.statistics.batches == 3


async def test_a_lone_image_does_not_wait_for_others(engine: LocalEngine) -> None:
    for number in range(3):
        assert (await alone(engine, some_job(number))).batch_size == 1
    assert engine.statistics.batches == 3


async def test_results_keep_the_order_of_the_jobs(engine: LocalEngine) -> None:
    jobs = [some_job(number) for number in range(20)]
    for job, result in zip(jobs, await engine.synthesize(jobs, None), strict=True):
        assert result.image.tobytes() == (await alone(engine, job)).image.tobytes()
        assert result.queue_milliseconds >= 0
        assert result.synthesis_milliseconds > 0


async def test_a_full_queue_refuses_and_recovers(engine: LocalEngine) -> None:
    jobs = [some_job(number) for number in range(33)]
    with pytest.raises(ResourceExhausted, match="0 of at most 32 images: no room for 33"):
        await engine.synthesize(jobs, None)
    with held(engine):
        first = asyncio.create_task(engine.synthesize(jobs[:8], None))  # taken, and held
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        second = asyncio.create_task(engine.synthesize(jobs[:30], None))
        await asyncio.sleep(0)
        assert engine.queue_length == 30
        with pytest.raises(ResourceExhausted, match="30 of at most 32 images: no room for 3 more"):
            await engine.synthesize(jobs[:3], None)
    assert len(await first) == 8
    assert len(await second) == 30
    assert engine.statistics.refused == 36
    await alone(engine, jobs[0])


async def test_a_deadline_that_has_passed_costs_nothing(engine: LocalEngine) -> None:
    with pytest.raises(DeadlineExceeded):
        await engine.synthesize([some_job(0)], time.monotonic() - 1)
    assert engine.statistics.images == 0


async def test_late_and_cancelled_images_are_dropped_before_they_are_computed(engine: LocalEngine) -> None:
    with held(engine):
        running = asyncio.create_task(engine.synthesize([some_job(0)], None))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        late = asyncio.create_task(engine.synthesize([some_job(1), some_job(2)], time.monotonic() + 0.5))
        cancelled = asyncio.create_task(engine.synthesize([some_job(3)] * 4, None))
        kept = asyncio.create_task(engine.synthesize([some_job(4)], time.monotonic() + 600))
        await asyncio.sleep(0)
        assert engine.queue_length == 7
        with pytest.raises(DeadlineExceeded):
            await late
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert engine.queue_length == 1  # they give their room back at once
    assert len(await running) == len(await kept) == 1
    assert engine.statistics.images == 2
    assert engine.statistics.dropped == 6


async def test_cancelling_one_call_leaves_its_batch_neighbours_alone(engine: LocalEngine) -> None:
    with held(engine):
        calls = [asyncio.create_task(engine.synthesize([some_job(number)], None)) for number in range(4)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert engine.queue_length == 0  # all in the batch that is about to run
        calls[1].cancel()
        await asyncio.sleep(0)
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(result, list) for result in results] == [True, False, True, True]


async def test_arithmetic_that_hangs_is_noticed_and_is_well_when_it_goes_on(bundle: Bundle) -> None:
    engine = LocalEngine(bundle, Config(bundle=TINY, max_batch_seconds=0.1, execution_provider="cpu"))
    engine.check()
    with held(engine):
        hanging = asyncio.create_task(engine.synthesize([some_job(0)], None))
        await asyncio.sleep(0.2)
        with pytest.raises(Unavailable, match="at one batch for"):
            engine.check()
    await hanging
    engine.check()
    await engine.close()


async def test_a_batch_may_take_its_time(engine: LocalEngine) -> None:
    with held(engine):
        running = asyncio.create_task(engine.synthesize([some_job(0)], None))
        await asyncio.sleep(0.2)
        engine.check()
    await running


async def test_values_that_are_not_finite_fail_their_image_only(engine: LocalEngine) -> None:
    huge = SynthesisJob(np.full(496, 3e38, np.float32))
    calls = [engine.synthesize([job], None) for job in (some_job(0), huge, some_job(1))]
    left, failed, right = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(failed, SynthesisError)
    assert "not finite" in str(failed)
    for result, number in ((left, 0), (right, 1)):
        assert isinstance(result, list)
        assert result[0].batch_size == 3
        assert result[0].image.tobytes() == (await alone(engine, some_job(number))).image.tobytes()


def some_field(number: int) -> SynthesisJob:
    """A job with one, two or three further sets."""
    count = 1 + number % 3
    rows = np.stack([some_job(number + k + 1).styles for k in range(count)])
    masks = np.random.RandomState(number).rand(count, 32, 32).astype(np.float16) / np.float16(count)
    return SynthesisJob(some_job(number).styles, further=FurtherSets(rows, masks))


async def test_masked_images_are_those_of_their_own_fields_whoever_shares_the_batch(engine: LocalEngine) -> None:
    """Different numbers of sets in one batch, with plain images and previews between them in the queue."""
    fields = [some_field(number) for number in range(6)]
    single = [await alone(engine, job) for job in fields]
    plain = await alone(engine, some_job(0))
    mixed = [fields[0], some_job(0), *fields[1:3], some_job(0, preview=True), *fields[3:]]
    with held(engine):
        calls = [asyncio.create_task(engine.synthesize([job], None)) for job in mixed]
        await asyncio.sleep(0.01)
    results = [result for (result,) in await asyncio.gather(*calls)]
    whole = [result for job, result in zip(mixed, results, strict=True) if job.further is not None]
    assert [result.batch_size for result in whole] == [6] * 6
    for one, other in zip(single, whole, strict=True):
        assert one.image.tobytes() == other.image.tobytes()
    assert results[1].image.tobytes() == plain.image.tobytes()
    shared = engine.bundle.open_masked()
    for job, result in zip(fields, single, strict=True):
        assert job.further is not None
        count = len(job.further.styles)
        styles, masks = np.zeros((1, 4, 496), np.float32), np.zeros((1, 4, 32, 32), np.float32)
        styles[0, 0], styles[0, 1 : count + 1], masks[0, 1 : count + 1] = job.styles, *vars(job.further).values()
        masks[0, 0] = 1 - masks[0].sum(axis=0)
        feeds = {"styles": styles, "masks": masks, "noise": engine.bundle.noise_const[None]}
        np.testing.assert_allclose(result.image, shared.run(feeds, ["image"])[0][0], atol=2e-3)


async def test_a_batch_that_fails_takes_nothing_else_along(
    engine: LocalEngine, caplog: pytest.LogCaptureFixture
) -> None:
    session, runs = engine._sessions["synthesis"], []

    class FailsOnce:
        provider, precision, inputs = session.provider, session.precision, session.inputs

        def run(self, feeds: Any, outputs: Any) -> list[np.ndarray]:
            runs.append(len(feeds["styles"]))
            if len(runs) == 1:
                raise RuntimeError("out of memory")
            return session.run(feeds, outputs)

    engine._sessions["synthesis"] = FailsOnce()  # type: ignore[assignment]
    with caplog.at_level(logging.CRITICAL):
        calls = [engine.synthesize([some_job(number)], None) for number in range(10)]
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert runs == [8, 2]
    assert all(isinstance(result, SynthesisError) and "out of memory" in str(result) for result in results[:8])
    assert all(isinstance(result, list) for result in results[8:])
    assert len({id(result) for result in results[:8]}) == 8  # an exception of its own each
    await alone(engine, some_job(0))


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (SynthesisJob(np.zeros(495, np.float32)), "expected 496"),
        (SynthesisJob(np.zeros((1, 496), np.float32)), "expected 496"),
        (SynthesisJob(np.zeros(496)), "float64"),
        (SynthesisJob(np.full(496, np.nan, np.float32)), "finite"),
        (SynthesisJob(np.ones(496, np.float32), (NoiseTerm(5, np.nan),)), "weight nan"),
        (further((4, 496), (4, 32, 32)), "1 to 3 of 496 styles"),
        (further((1, 495), (1, 32, 32)), "1 to 3 of 496 styles"),
        (further((1, 496), (1, 16, 16)), r"\(32, 32\) pixels"),
        (further((1, 496), (1, 32, 32), preview=True), "neither with features nor with a preview"),
        (further((1, 496), (1, 32, 32), value=np.nan), "not finite"),
        (SynthesisJob(np.ones(496, np.float32), (NoiseTerm(None), NoiseTerm(-1))), "seed -1"),
    ],
)
async def test_jobs_that_are_wrong(engine: LocalEngine, job: SynthesisJob, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        await engine.synthesize([some_job(0), job], None)
    assert engine.statistics.images == 0
    await alone(engine, some_job(0))


async def test_closing_finishes_what_runs_and_refuses_the_rest(bundle: Bundle) -> None:
    engine = LocalEngine(bundle, Config(bundle=TINY, max_batch_size=2, execution_provider="cpu"))
    with held(engine):
        running = asyncio.create_task(engine.synthesize([some_job(0), some_job(1)], None))
        waiting = asyncio.create_task(engine.synthesize([some_job(2)], None))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        closing = asyncio.create_task(engine.close())
        with pytest.raises(Unavailable, match="closing"):
            await waiting
        assert not closing.done()
    await closing
    assert len(await running) == 2
    with pytest.raises(Unavailable, match="closing"):
        await engine.synthesize([some_job(0)], None)
    await engine.close()


def test_one_engine_serves_one_event_loop_after_the_other(bundle: Bundle) -> None:
    engine = LocalEngine(bundle, Config(bundle=TINY, execution_provider="cpu"))
    images = [asyncio.run(alone(engine, some_job(0))).image for _ in range(2)]
    assert images[0].tobytes() == images[1].tobytes()
    asyncio.run(engine.close())
