"""Previews: an earlier block's image, from the engine to the file and back; half precision."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.runtimes import CPU, CUDA
from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.identity import without_bundle
from mammoganesis.v1.images_pb2 import GeneratedImage, ImageFormat
from mammoganesis.v1.latents_pb2 import Latent, Noise, Recipe
from mammoganesis.v1.sampling_pb2 import SampleRequest
from mammoganesis.v1.style_transfer_pb2 import SegmentRegionsRequest
from services.client import Client, Picture
from services.client.provenance import Verdict, reproduce, verify
from services.process.config import Config
from services.rendering.engine import LocalEngine
from services.rendering.jobs import SynthesisJob
from services.servicers.assembly import Servicers
from tests.support import preview_numpy
from tests.support.engine_jobs import held, some_job
from tests.support.serving import CALL, CONST, TINY, Copy, pixels, seed_latent, serving
from tests.support.stylegan2_numpy import const_noise, golden, split_noise, styles_from_ws

RAW_PREVIEW = ImageFormat(encoding="IMAGE_ENCODING_RAW_FLOAT32", resolution=16)


@pytest.fixture
async def servicers() -> AsyncIterator[Servicers]:
    async with serving() as built:
        yield built


async def sampled(servicers: Servicers, image_format: ImageFormat, *latents: Latent) -> list[GeneratedImage]:
    request = SampleRequest(latents=latents, format=image_format)
    return list((await servicers.sampling.Sample(request, CALL)).images)


@pytest.mark.parametrize("noise_seed", [None, 5])
async def test_a_preview_is_the_fitted_skip_image_of_its_block(servicers: Servicers, noise_seed: int | None) -> None:
    noise = const_noise() if noise_seed is None else split_noise(np.random.RandomState(noise_seed).randn(2704))
    drawn = CONST if noise_seed is None else Noise(mode="NOISE_MODE_RANDOM", seed=noise_seed)
    for seed in range(3):
        (preview,) = await sampled(servicers, RAW_PREVIEW, seed_latent(seed, noise=drawn))
        assert (preview.width, preview.height) == (16, 16)
        styles = styles_from_ws(golden()["ws_psi065"][seed].astype(np.float64))
        np.testing.assert_allclose(pixels(preview), preview_numpy.preview(styles, noise), atol=1e-3)


async def test_a_preview_has_the_recipe_of_its_image(servicers: Servicers) -> None:
    (preview,) = await sampled(servicers, ImageFormat(resolution=16), seed_latent(3))
    own, (named,) = ImageFormat(), await sampled(servicers, ImageFormat(resolution=32), seed_latent(3))
    (whole,) = await sampled(servicers, own, Latent(recipe=preview.recipe))
    assert (preview.recipe, preview.latent_id) == (whole.recipe, whole.latent_id)
    assert named.data == whole.data, "the model's own size spelt out is no preview"
    content = read_png(preview.data)
    assert content.pixels.shape == (16, 16)
    assert (content.image_format.resolution, content.recipe) == (16, without_bundle(preview.recipe))
    assert read_png(whole.data).image_format.resolution == 0


async def test_regions_are_those_of_the_whole_network(servicers: Servicers, tmp_path: Path) -> None:
    """A preview's network changes nothing in them."""
    copy = Copy(tmp_path / "bundle")
    copy.to_first_format()
    async with serving(copy.folder) as without:
        for seed in range(6):
            request = SegmentRegionsRequest(latent=seed_latent(seed))
            ours = await servicers.style_transfer.SegmentRegions(request, CALL)
            assert ours.labels == (await without.style_transfer.SegmentRegions(request, CALL)).labels
            assert ours.label_map_png == (await without.style_transfer.SegmentRegions(request, CALL)).label_map_png
        with pytest.raises(InvalidArgument, match=r"format\.resolution: 16 .*no preview"):
            await sampled(without, ImageFormat(resolution=16), seed_latent(0))


def test_a_preview_is_verified_and_reproduced_as_a_preview() -> None:
    with Client.local(TINY) as client:
        (preview,) = client.sample([5], picture=Picture(resolution=16, mark=True))
        assert verify(client, preview.data).verdict is Verdict.UNCHANGED
        reproduced = reproduce(client, preview.data)
        assert (reproduced.image.data, reproduced.remark) == (preview.data, "")
        assert client.edit(preview, [(0, 1.0)], picture=Picture(resolution=16)).pixels().shape == (16, 16)


# The engine


@pytest.fixture
async def engine() -> AsyncIterator[LocalEngine]:
    built = LocalEngine(load_bundle(TINY), Config(bundle=TINY, max_queued_images=32, execution_provider="cpu"))
    yield built
    await built.close()


async def test_batches_hold_one_kind_and_nobody_starves(engine: LocalEngine) -> None:
    kinds = [False, True, False, True, True, False]
    done: list[int] = []

    async def ask(number: int) -> Any:
        (result,) = await engine.synthesize([some_job(number, preview=kinds[number])], None)
        done.append(number)
        return result

    with held(engine):
        calls = [asyncio.create_task(ask(0))]
        while engine.queue_length or not engine._drain:  # the first alone is on its way to the thread
            await asyncio.sleep(0)
        calls += [asyncio.create_task(ask(number)) for number in range(1, 6)]
        await asyncio.sleep(0.01)
    results = await asyncio.gather(*calls)
    assert [result.image.shape[1] for result in results] == [16 if kind else 32 for kind in kinds]
    # The first alone, then what waits longest is a preview: all previews; then the full images.
    assert [result.batch_size for result in results] == [1, 3, 2, 3, 3, 2]
    assert done == [0, 1, 3, 4, 2, 5]
    for number, result in enumerate(results):
        (alone,) = await engine.synthesize([some_job(number, preview=kinds[number])], None)
        assert alone.image.tobytes() == result.image.tobytes()


async def test_a_preview_of_a_bundle_without_one(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.to_first_format()
    engine = LocalEngine(load_bundle(copy.folder), Config(bundle=copy.folder, execution_provider="cpu"))
    with pytest.raises(ValueError, match="preview"):
        await engine.synthesize([SynthesisJob(np.zeros(496, np.float32), preview=True)], None)


@pytest.mark.parametrize("precision", ["auto", "float32"])
def test_a_cpu_takes_the_float32_network(precision: str) -> None:
    config = Config(bundle=TINY, execution_provider="cpu", synthesis_precision=precision)
    assert LocalEngine(load_bundle(TINY), config).arithmetic.precision == "float32"


def test_half_precision_where_it_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(words: str, bundle: Path = TINY, **settings: Any) -> None:
        with pytest.raises(FailedPrecondition, match=words):
            LocalEngine(load_bundle(bundle), Config(bundle=bundle, synthesis_precision="float16", **settings))

    refused("CUDA only", execution_provider="cpu")
    copy = Copy(tmp_path / "bundle")
    copy.to_first_format()
    refused("has no such network", copy.folder)
    # What an ONNX Runtime with CUDA says on a machine without it.
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    refused("could not load CUDA")
    assert LocalEngine(load_bundle(TINY), Config(bundle=TINY)).arithmetic.precision != "float16"


async def test_images_and_previews_asked_for_together_are_those_asked_for_alone(servicers: Servicers) -> None:
    latents = [Latent(recipe=Recipe(seed=seed)) for seed in range(8)]
    formats = [RAW_PREVIEW if seed % 2 else ImageFormat() for seed in range(8)]
    together = await asyncio.gather(
        *(sampled(servicers, f, latent) for f, latent in zip(formats, latents, strict=True))
    )
    for image_format, latent, (image,) in zip(formats, latents, together, strict=True):
        assert (await sampled(servicers, image_format, latent))[0].data == image.data
