"""The engine on OpenVINO: the same images, previews, batches and queue as on ONNX Runtime."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.openvino_networks import bfloat16_unit
from mammoganesis.bundle.runtimes import BFLOAT16, FLOAT32, OPENVINO
from mammoganesis.errors import FailedPrecondition
from services.client import Client, Picture
from services.process.config import Config
from services.rendering.engine import LocalEngine
from services.rendering.jobs import SynthesisJob
from tests.places import ROOT
from tests.support.engine_jobs import NOISES, held, some_job
from tests.support.serving import TINY
from tests.support.stylegan2_numpy import const_noise, image_from_styles

PRECISIONS = [
    FLOAT32,
    pytest.param(BFLOAT16, marks=pytest.mark.skipif(not bfloat16_unit(), reason="this CPU has no bfloat16")),
]


@pytest.fixture(params=PRECISIONS, scope="module")
def built(request: pytest.FixtureRequest) -> LocalEngine:
    """One for all: compiling takes seconds."""
    config = Config(bundle=TINY, execution_provider="openvino", synthesis_precision=request.param, max_batch_size=4)
    try:
        return LocalEngine(load_bundle(TINY), config)
    except FailedPrecondition as refusal:
        if request.param == FLOAT32 or bfloat16_unit() == "AMX" or " dB" not in refusal.message:
            raise
        pytest.skip(f"less exact than AMX: {refusal.message}")


@pytest.fixture
def engine(built: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> LocalEngine:
    monkeypatch.setattr(built, "_drain", None)  # of the event loop of the test before
    return built


async def test_images_are_those_of_the_definition(engine: LocalEngine) -> None:
    job = some_job(1, features=True)
    (result,) = await engine.synthesize([job], None)
    tolerance = 2e-4 if result.precision == FLOAT32 else 0.1
    image, features = image_from_styles(job.styles.astype(np.float64), const_noise())
    np.testing.assert_allclose(result.image, image, atol=tolerance)
    assert result.features is not None
    if result.precision == FLOAT32:
        np.testing.assert_allclose(result.features, features, atol=tolerance)
    assert (result.provider, result.precision) == (OPENVINO, engine.arithmetic.precision)
    assert result.image.dtype == result.features.dtype == np.float32


async def test_alone_in_a_batch_and_again_the_pixels_are_the_same(engine: LocalEngine) -> None:
    jobs = [some_job(number, noise=list(NOISES.values())[number % 4], preview=number % 3 == 2) for number in range(17)]
    single = [(await engine.synthesize([job], None))[0] for job in jobs]
    for _ in range(2):
        together = await engine.synthesize(jobs, None)
        assert max(result.batch_size for result in together) > 1
        for one, other in zip(single, together, strict=True):
            assert one.image.tobytes() == other.image.tobytes()
    assert {result.image.shape for result in single} == {(1, 32, 32), (1, 16, 16)}


async def test_batches_have_sizes_that_are_in_use_and_keep_the_order(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On some CPUs an odd number of images gives other bits: such sizes are not taken."""
    monkeypatch.setitem(engine._sizes, "synthesis", (1, 2, 4))
    monkeypatch.setitem(engine._sizes, "preview", (1, 2))
    done: list[int] = []

    async def ask(number: int) -> int:
        (result,) = await engine.synthesize([some_job(number, preview=number in (2, 9))], None)
        done.append(number)
        return result.batch_size

    with held(engine):
        calls = [asyncio.create_task(ask(number)) for number in range(10)]
        await asyncio.sleep(0.01)
    sizes = await asyncio.gather(*calls)
    # The first four full images are on their way at once; then the preview waits longest, and its kind is taken.
    assert sizes == [4, 4, 2, 4, 4, 4, 4, 4, 4, 2]
    assert done == [0, 1, 3, 4, 2, 9, 5, 6, 7, 8]


async def test_values_that_are_not_finite_stay_where_they_are(engine: LocalEngine) -> None:
    jobs = [some_job(0), SynthesisJob(np.full(496, 3e38, np.float32)), some_job(1)]
    outcomes = await asyncio.gather(*(engine.synthesize([job], None) for job in jobs), return_exceptions=True)
    assert "not finite" in str(outcomes[1])
    for number in (0, 2):
        alone = await engine.synthesize([jobs[number]], None)
        found = outcomes[number]
        assert isinstance(found, list)
        assert found[0].image.tobytes() == alone[0].image.tobytes()


def test_pictures_and_the_model_say_what_computed_them() -> None:
    with Client.local(TINY, provider="openvino", precision="float32") as client:
        told = client.model().synthesis
        assert (told.execution_provider, told.precision, told.reason) == (OPENVINO, FLOAT32, "as asked for")
        (image,) = client.sample([3])
        assert image.message.execution_provider == OPENVINO
        (preview,) = client.sample([3], picture=Picture(resolution=16))
        assert preview.message.execution_provider == OPENVINO
    with Client.local(TINY, provider="onnxruntime") as reference:
        (other,) = reference.sample([3])
        assert np.abs(image.pixels().astype(int) - other.pixels()).max() <= 1


OPEN_QUIETLY = """
import pathlib, socket, sys

def refused(*arguments, **settings):
    raise AssertionError("a connection")

socket.socket.connect = socket.create_connection = refused
from services.client import Client
with Client.local(sys.argv[1], provider="openvino", precision="float32") as client:
    client.sample([1])
assert "openvino" in sys.modules
print([name for name in sys.modules if name.startswith(("openvino_telemetry", "openvino.tools"))])
"""


def test_the_runtimes_tell_nobody_and_leave_nothing(tmp_path: Path) -> None:
    """Both would: they keep an identity below the home directory, and OpenVINO's converter sends an event when it is
    imported, ONNX Runtime what it runs."""
    # Of what would keep ONNX Runtime quiet by itself.
    without = {key: value for key, value in os.environ.items() if not key.startswith(("ORT_", "CI", "XDG_"))}
    run = subprocess.run(
        [sys.executable, "-c", OPEN_QUIETLY, str(TINY)],
        env={**without, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.strip() == "[]"
    assert list(tmp_path.iterdir()) == []
