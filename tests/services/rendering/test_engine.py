"""The engine: right images whoever shares the batch, a bounded queue, and faults that stay where they happen."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.runtimes import CPU, CUDA, OPENVINO
from mammoganesis.editing.masks import FurtherSets
from mammoganesis.editing.noise import CONSTANT, WITHOUT, NoiseTerm, NoiseTerms
from mammoganesis.errors import BundleError, DeadlineExceeded, FailedPrecondition, ResourceExhausted, Unavailable
from services.process.config import Config
from services.rendering import engine as engine_module
from services.rendering.engine import LocalEngine
from services.rendering.jobs import SynthesisError, SynthesisJob, SynthesisResult
from tests.support.serving import TINY, Copy
from tests.support.stylegan2_numpy import const_noise, golden, image_from_styles, split_noise, styles_from_ws

NOISES: dict[str, NoiseTerms] = {
    "const": CONSTANT,
    "none": WITHOUT,
    "random": (NoiseTerm(5),),
    "between": (NoiseTerm(None, 0.6), NoiseTerm(5, 0.8)),
}


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(TINY)


@pytest.fixture
async def engine(bundle: Bundle) -> AsyncIterator[LocalEngine]:
    built = LocalEngine(bundle, Config(bundle=TINY, max_batch_size=8, max_queued_images=32, execution_provider="cpu"))
    yield built
    await built.close()


def some_job(number: int, **settings: Any) -> SynthesisJob:
    """A job with styles of its own."""
    ws = golden()["ws_psi065"][number % 4] * np.float32(1 + 0.1 * (number // 4))
    return SynthesisJob(styles_from_ws(ws).astype(np.float32), **settings)


def further(styles: tuple[int, ...], masks: tuple[int, ...], value: float = 0.0, **settings: Any) -> SynthesisJob:
    """A job with further sets of these shapes."""
    sets = FurtherSets(np.full(styles, value, np.float32), np.zeros(masks, np.float16))
    return SynthesisJob(np.ones(496, np.float32), further=sets, **settings)


async def alone(engine: LocalEngine, job: SynthesisJob) -> SynthesisResult:
    (result,) = await engine.synthesize([job], None)
    assert result.batch_size == 1
    return result


@contextlib.contextmanager
def held(engine: LocalEngine) -> Iterator[None]:
    """The engine's thread is busy with something else meanwhile."""
    gate = threading.Event()
    engine._thread.submit(gate.wait)
    try:
        yield
    finally:
        gate.set()


# Images


@pytest.mark.parametrize("mode", NOISES)
async def test_images_and_features_agree_with_the_definition(engine: LocalEngine, mode: str) -> None:
    random = split_noise(np.random.RandomState(5).randn(2704))
    noise = {
        "const": const_noise(),
        "none": [np.zeros_like(like) for like in const_noise()],
        "random": random,
        "between": [0.6 * const + 0.8 * other for const, other in zip(const_noise(), random, strict=True)],
    }[mode]
    job = some_job(1, noise=NOISES[mode], features=True)
    result = await alone(engine, job)
    image, features = image_from_styles(job.styles.astype(np.float64), noise)
    np.testing.assert_allclose(result.image, image, atol=2e-4)
    assert result.features is not None
    np.testing.assert_allclose(result.features, features, atol=2e-4)
    assert result.image.dtype == result.features.dtype == np.float32


def test_the_oracle_is_the_reference() -> None:
    for case in range(4):
        styles = styles_from_ws(golden()["ws_psi065"][case])
        nothing = [np.zeros_like(like) for like in const_noise()]
        np.testing.assert_allclose(
            image_from_styles(styles, const_noise())[0], golden()["image_const"][case], atol=1e-4
        )
        np.testing.assert_allclose(image_from_styles(styles, nothing)[0], golden()["image_none"][case], atol=1e-4)


@given(
    st.lists(
        st.builds(
            some_job,
            st.integers(0, 30),
            noise=st.one_of(
                st.sampled_from([*NOISES.values()]), st.builds(lambda seed: (NoiseTerm(seed),), st.integers(0, 9))
            ),
            features=st.booleans(),
        ),
        min_size=1,
        max_size=10,
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_image_is_the_same_alone_and_among_any_neighbours(bundle: Bundle, jobs: list[SynthesisJob]) -> None:
    async def both() -> None:
        engine = LocalEngine(bundle, Config(bundle=TINY, execution_provider="cpu"))
        together = await engine.synthesize(jobs, None)
        for job, result in zip(jobs, together, strict=True):
            # Alone without features: whether they are fetched must not matter to the image either.
            single = await alone(engine, SynthesisJob(job.styles, job.noise))
            assert single.image.tobytes() == result.image.tobytes()
            assert single.features is None
            assert (result.features is not None) == job.features
        await engine.close()

    asyncio.run(both())


async def test_features_do_not_depend_on_neighbours(engine: LocalEngine) -> None:
    jobs = [some_job(number, features=True) for number in range(8)]
    for job, result in zip(jobs, await engine.synthesize(jobs, None), strict=True):
        single = await alone(engine, job)
        assert single.features is not None
        assert result.features is not None
        assert single.features.tobytes() == result.features.tobytes()


async def test_a_cpu_whose_images_depend_on_the_batch_runs_them_one_by_one(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Blurry:
        """A session whose last bit depends on N."""

        def __init__(self, session: Any) -> None:
            self.session, self.provider, self.precision = session, session.provider, session.precision
            self.path = session.path
            self.inputs, self.outputs = session.inputs, session.outputs

        def run(self, feeds: Any, outputs: Any) -> list[np.ndarray]:
            count = len(feeds["styles"])
            return [value + np.float32(1e-6 * (count - 1)) for value in self.session.run(feeds, outputs)]

    whole = Bundle.open_synthesis
    monkeypatch.setattr(Bundle, "open_synthesis", lambda *a, **k: Blurry(whole(*a, **k)))
    engine = LocalEngine(bundle, Config(bundle=TINY, execution_provider="cpu"))
    assert engine.images_at_once == 1
    assert "one by one" in caplog.text
    results = await engine.synthesize([some_job(number) for number in range(3)], None)
    assert [result.batch_size for result in results] == [1, 1, 1]
    await engine.close()


# The queue


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


# Faults


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
    engine = LocalEngine(bundle, Config(bundle=TINY))
    images = [asyncio.run(alone(engine, some_job(0))).image for _ in range(2)]
    assert images[0].tobytes() == images[1].tobytes()
    asyncio.run(engine.close())


# Start


def test_an_engine_does_not_start_on_a_network_that_gives_other_images(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.change_arrays("golden.npz", lambda arrays: arrays.update(image=arrays["image"] + np.float32(0.1)))
    with pytest.raises(BundleError, match="golden case 0"):
        LocalEngine(load_bundle(copy.folder), Config(bundle=copy.folder))


def test_cuda_where_there_is_none(bundle: Bundle) -> None:
    if CUDA in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    with pytest.raises(FailedPrecondition, match="cuda"):
        LocalEngine(bundle, Config(bundle=TINY, execution_provider="cuda"))


@pytest.mark.parametrize(
    ("max_batch_size", "pixels", "expected"), [(8, 8 * 32 * 32, 8), (3, 8 * 32 * 32, 3), (8, 1, 1)]
)
def test_large_images_are_not_batched_on_a_cpu(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, max_batch_size: int, pixels: int, expected: int
) -> None:
    monkeypatch.setattr(engine_module, "_CPU_PIXELS_AT_ONCE", pixels)
    engine = LocalEngine(bundle, Config(bundle=TINY, max_batch_size=max_batch_size, execution_provider="cpu"))
    assert engine.images_at_once == expected


def test_cuda_that_is_offered_and_cannot_be_loaded_is_refused_only_where_it_was_asked_for(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What an ONNX Runtime with CUDA says on a machine without it.
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    with pytest.raises(FailedPrecondition, match="could not load"):
        LocalEngine(bundle, Config(bundle=TINY, execution_provider="cuda"))
    assert LocalEngine(bundle, Config(bundle=TINY)).arithmetic.provider in (CPU, OPENVINO)
