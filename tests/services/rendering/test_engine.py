"""The engine: right images whoever shares the batch, and only those that it should give."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.runtimes import CPU, CUDA, OPENVINO
from mammoganesis.editing.noise import NoiseTerm
from mammoganesis.errors import BundleError, FailedPrecondition
from services.process.config import Config
from services.rendering import jobs as jobs_module
from services.rendering.engine import LocalEngine
from services.rendering.jobs import SynthesisJob
from tests.support.engine_jobs import NOISES, alone, some_job
from tests.support.serving import TINY, Copy
from tests.support.stylegan2_numpy import const_noise, golden, image_from_styles, split_noise, styles_from_ws


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


@pytest.fixture(scope="module")
def lasting(bundle: Bundle) -> Iterator[LocalEngine]:
    """One engine for all examples, each of which has an event loop of its own."""
    engine = LocalEngine(bundle, Config(bundle=TINY, execution_provider="cpu"))
    yield engine
    asyncio.run(engine.close())


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
@settings(max_examples=40, deadline=None)
def test_an_image_is_the_same_alone_and_among_any_neighbours(lasting: LocalEngine, jobs: list[SynthesisJob]) -> None:
    async def both() -> None:
        together = await lasting.synthesize(jobs, None)
        for job, result in zip(jobs, together, strict=True):
            # Alone without features: whether they are fetched must not matter to the image either.
            single = await alone(lasting, SynthesisJob(job.styles, job.noise))
            assert single.image.tobytes() == result.image.tobytes()
            assert single.features is None
            assert (result.features is not None) == job.features

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


def test_an_engine_does_not_start_on_a_network_that_gives_other_images(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.change_arrays("golden.npz", lambda arrays: arrays.update(image=arrays["image"] + np.float32(0.1)))
    with pytest.raises(BundleError, match="golden case 0"):
        LocalEngine(load_bundle(copy.folder), Config(bundle=copy.folder, execution_provider="cpu"))


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
    monkeypatch.setattr(jobs_module, "CPU_PIXELS_AT_ONCE", pixels)
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
