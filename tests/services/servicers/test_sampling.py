"""Sampling: against NVIDIA's reference, in order, bounded, and stopped when nobody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import numpy as np
import onnxruntime
import pytest

from mammoganesis.errors import DeadlineExceeded, InvalidArgument, NotFound
from mammoganesis.pictures.pixels import to_uint8
from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.identity import without_bundle
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_PNG_8, GeneratedImage, ImageFormat
from mammoganesis.v1.latents_pb2 import (
    NOISE_MODE_INTERPOLATED,
    NOISE_MODE_NONE,
    NOISE_MODE_RANDOM,
    Code,
    Latent,
    Noise,
    Recipe,
    Region,
    StyleTransfer,
    Truncation,
)
from mammoganesis.v1.sampling_pb2 import (
    InterpolateRequest,
    SampleRequest,
    SeedList,
    SeedRange,
    StreamSamplesRequest,
)
from services.rendering.calls import CallContext
from services.rendering.engine import LocalEngine
from services.servicers.assembly import Servicers
from tests.support.serving import CALL, CONST, RAW, pixels, seed_latent, serving
from tests.support.stylegan2_numpy import const_noise, golden, image_from_styles, split_noise, styles_from_ws


async def sample(servicers: Servicers, **fields: Any) -> Sequence[GeneratedImage]:
    """With the bundle's constant noise, which the reference images have, unless `fields` name another."""
    fields = {"format": RAW, "noise": CONST, **fields}
    return (await servicers.sampling.Sample(SampleRequest(**fields), CALL)).images


def engine_of(servicers: Servicers) -> LocalEngine:
    assert isinstance(servicers.engine, LocalEngine)
    return servicers.engine


async def quiet(engine: LocalEngine) -> int:
    """Images synthesised, once the engine has nothing left to do."""
    while engine.queue_length or (engine._drain is not None and not engine._drain.done()):
        await asyncio.sleep(0.01)
    return engine.statistics.images


# Sample


async def test_seeds_agree_with_the_reference() -> None:
    async with serving() as servicers:
        images = await sample(servicers, seeds=range(4))
        for case, image in enumerate(images):
            np.testing.assert_allclose(pixels(image), golden()["image_const"][case], atol=2e-4)
            assert without_bundle(image.recipe) == Recipe(
                seed=case, truncation=Truncation(psi=0.65, cutoff=8), noise=Noise(mode="NOISE_MODE_CONST")
            )
        for case, image in enumerate(await sample(servicers, seeds=range(4), noise=Noise(mode=NOISE_MODE_NONE))):
            np.testing.assert_allclose(pixels(image), golden()["image_none"][case], atol=2e-4)


async def test_random_noise_is_the_seeds() -> None:
    expected, _ = image_from_styles(
        styles_from_ws(golden()["ws_psi065"][1]), split_noise(np.random.RandomState(77).randn(2704))
    )
    async with serving() as servicers:
        (image,) = await sample(servicers, seeds=[1], noise=Noise(mode=NOISE_MODE_RANDOM, seed=77))
        np.testing.assert_allclose(pixels(image), expected, atol=5e-4)
        (other,) = await sample(servicers, seeds=[1], noise=Noise(mode=NOISE_MODE_RANDOM, seed=78))
        assert np.abs(pixels(other) - pixels(image)).max() > 1e-3


async def test_psi_zero_is_the_mean_image_for_every_seed() -> None:
    w_avg = golden()["G/mapping.w_avg"]
    expected, _ = image_from_styles(styles_from_ws(np.tile(w_avg, (8, 1))), const_noise())
    async with serving() as servicers:
        images = await sample(servicers, seeds=[0, 1, 2**32 - 1], truncation=Truncation(psi=0))
    for image in images:
        np.testing.assert_allclose(pixels(image), expected, atol=5e-4)
        assert image.data == images[0].data
    assert len({image.latent_id for image in images}) == 3


@pytest.mark.parametrize(("psi", "cutoff"), [(1.0, None), (0.65, None), (0.3, 3), (2.0, None), (0.5, 0)])
async def test_truncation_by_its_definition(psi: float, cutoff: int | None) -> None:
    w, w_avg = golden()["w_psi1"][3].astype(np.float64), golden()["G/mapping.w_avg"]
    layers = 8 if cutoff is None else cutoff
    ws = np.stack([w_avg + psi * (w - w_avg) if layer < layers else w for layer in range(8)])
    expected, _ = image_from_styles(styles_from_ws(ws), const_noise())
    async with serving() as servicers:
        (image,) = await sample(servicers, seeds=[3], truncation=Truncation(psi=psi, cutoff=cutoff))
        np.testing.assert_allclose(pixels(image), expected, atol=2e-3)
        (default,) = await sample(servicers, seeds=[3])
        same = psi == 0.65 and cutoff is None
        assert (np.abs(pixels(image) - pixels(default)).max() < 1e-6) == same


async def test_codes_of_one_row_and_of_all() -> None:
    ws = golden()["ws_psi065"]
    one, all_rows = Code(values=golden()["w_psi1"][1]), Code(values=ws[1].ravel())
    async with serving() as servicers:
        latents = [Latent(w=one), Latent(recipe=Recipe(code=all_rows, truncation=Truncation(psi=1), noise=CONST))]
        for image in await sample(servicers, latents=latents):
            np.testing.assert_allclose(pixels(image), golden()["image_const"][1], atol=2e-4)
        # Truncation and noise of the request are for explicit codes, and not for recipes.
        images = await sample(
            servicers,
            seeds=[2],
            latents=[Latent(w=all_rows), seed_latent(3)],
            truncation=Truncation(psi=1),
            noise=Noise(mode=NOISE_MODE_NONE),
        )
        assert [image.recipe.truncation.psi for image in images] == [1.0, 1.0, 0.65]
        np.testing.assert_allclose(pixels(images[1]), golden()["image_none"][1], atol=2e-4)
        np.testing.assert_allclose(pixels(images[2]), golden()["image_const"][3], atol=2e-4)


async def test_the_default_format_is_png() -> None:
    async with serving() as servicers:
        (raw,) = await sample(servicers, seeds=[7])
        (png,) = await sample(servicers, seeds=[7], format=None)
    assert png.encoding == IMAGE_ENCODING_PNG_8
    np.testing.assert_array_equal(read_png(png.data).pixels, to_uint8(pixels(raw)))
    assert (png.width, png.height, png.channels) == (32, 32, 1)


async def test_one_call_is_one_pass_through_the_engine() -> None:
    async with serving(max_batch_size=4) as servicers:
        images = await sample(servicers, seeds=range(10))
        assert [image.timing.batch_size for image in images] == [4] * 8 + [2] * 2
        for image in images:
            assert image.timing.total_milliseconds >= image.timing.synthesis_milliseconds > 0


async def test_bad_samples() -> None:
    async with serving(max_images_per_call=16, max_batch_size=4, max_queued_images=8) as servicers:

        async def fails(field: str, **fields: Any) -> None:
            with pytest.raises(InvalidArgument) as caught:
                await sample(servicers, **fields)
            assert caught.value.field == field, caught.value.message

        await fails("seeds and latents")
        await fails("seeds and latents", seeds=range(17))
        await fails("seeds[1]", seeds=[0, -1])
        await fails("seeds[0]", seeds=[2**32])
        await fails("truncation.psi", seeds=[0], truncation=Truncation(psi=2.5))
        await fails("truncation.psi", seeds=[0], truncation=Truncation(psi=float("nan")))
        await fails("truncation.cutoff", seeds=[0], truncation=Truncation(cutoff=9))
        await fails("noise.seed", seeds=[0], noise=Noise(mode=NOISE_MODE_RANDOM, seed=2**32))
        await fails("latents[0].w.values", latents=[Latent(w=Code(values=[1.0] * 95))])
        await fails("latents[0].w.values[0]", latents=[Latent(w=Code(values=[float("inf")] * 96))])
        await fails("latents[0].latent_id", latents=[Latent(latent_id="lat_1")])
        with pytest.raises(NotFound, match=r"latents\[1\]\.latent_id"):
            await sample(servicers, latents=[seed_latent(0), Latent(latent_id="lat_" + "0" * 32)])
        with pytest.raises(InvalidArgument, match="1 to 8 images in one call"):
            await sample(servicers, seeds=range(9))
        with pytest.raises(DeadlineExceeded):
            await servicers.sampling.Sample(SampleRequest(seeds=[0]), CallContext("late", deadline=0.0))
        assert engine_of(servicers).statistics.images == 0
        assert len(await sample(servicers, seeds=[0])) == 1


# StreamSamples


def stream(servicers: Servicers, **fields: Any) -> AsyncIterator[tuple[int, GeneratedImage]]:
    request = StreamSamplesRequest(**{"format": RAW, **fields})
    return ((r.index, r.image) async for r in servicers.sampling.StreamSamples(request, CALL))


async def test_a_stream_has_the_images_of_single_calls_in_order() -> None:
    seeds = [5, 2**32 - 1, 0, 5, *range(100, 130)]
    async with serving(max_batch_size=4) as servicers:
        images = [image async for _, image in stream(servicers, seed_list=SeedList(seeds=seeds))]
        assert [image.recipe.seed for image in images] == seeds
        single = await sample(servicers, seeds=seeds, noise=Noise())
        assert [image.data for image in images] == [image.data for image in single]
        ranged = [item async for item in stream(servicers, seed_range=SeedRange(first=100, count=30))]
        assert [index for index, _ in ranged] == list(range(30))
        assert [image.data for _, image in ranged] == [image.data for image in single[4:]]


async def test_a_stream_passes_truncation_and_noise_on() -> None:
    settings: dict[str, Any] = {"truncation": Truncation(psi=1), "noise": Noise(mode=NOISE_MODE_RANDOM, seed=3)}
    async with serving() as servicers:
        (_, image), *_ = [item async for item in stream(servicers, seed_list=SeedList(seeds=[4]), **settings)]
        assert image.data == (await sample(servicers, seeds=[4], **settings))[0].data


async def test_a_stream_computes_two_batches_ahead_and_no_more() -> None:
    async with serving(max_batch_size=4) as servicers:
        request = StreamSamplesRequest(seed_range=SeedRange(first=0, count=10_000), format=RAW)
        async with aclosing(servicers.sampling.StreamSamples(request, CALL)) as responses:
            for read in range(1, 4):
                await anext(responses)
                # Nobody takes the next image: the engine falls still.
                assert read <= await quiet(engine_of(servicers)) <= read + 8


async def test_closing_a_stream_stops_the_work() -> None:
    async with serving(max_batch_size=4) as servicers:
        request = StreamSamplesRequest(seed_range=SeedRange(first=0, count=10_000), format=RAW)
        responses = servicers.sampling.StreamSamples(request, CALL)
        async for response in responses:
            if response.index == 5:
                break
        await responses.aclose()
        at_close = await quiet(engine_of(servicers))
        assert at_close <= 6 + 8
        await asyncio.sleep(0.1)
        assert await quiet(engine_of(servicers)) == at_close
        assert len(asyncio.all_tasks()) == 1  # this test
        assert len(await sample(servicers, seeds=[0])) == 1


async def test_cancelling_the_reader_stops_the_work() -> None:
    async with serving(max_batch_size=2) as servicers:

        async def read() -> None:
            async for _ in stream(servicers, seed_range=SeedRange(first=0, count=10_000)):
                if engine_of(servicers).statistics.images > 4:
                    reading.set()

        reading = asyncio.Event()
        reader = asyncio.create_task(read())
        await reading.wait()
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        at_end = await quiet(engine_of(servicers))
        await asyncio.sleep(0.1)
        assert await quiet(engine_of(servicers)) == at_end < 10_000


async def test_a_stream_ends_at_its_deadline() -> None:
    async with serving(max_batch_size=2) as servicers:
        request = StreamSamplesRequest(seed_range=SeedRange(first=0, count=10_000))
        responses = servicers.sampling.StreamSamples(request, CallContext.with_timeout("short", 0.3))
        with pytest.raises(DeadlineExceeded):
            async for _ in responses:
                pass
        assert await quiet(engine_of(servicers)) < 10_000


async def test_bad_streams() -> None:
    async with serving(max_images_per_stream=100) as servicers:
        for field, fields in (
            ("source", {}),
            ("seed_range.count", {"seed_range": SeedRange(first=0, count=0)}),
            ("seed_range.count", {"seed_range": SeedRange(first=0, count=101)}),
            ("seed_range", {"seed_range": SeedRange(first=2**32 - 1, count=2)}),
            ("seed_range.first", {"seed_range": SeedRange(first=-1, count=2)}),
            ("seed_list.seeds", {"seed_list": SeedList()}),
            ("seed_list.seeds[2]", {"seed_list": SeedList(seeds=[0, 1, -5])}),
        ):
            with pytest.raises(InvalidArgument) as caught:
                await anext(stream(servicers, **fields))
            assert caught.value.field == field
        assert engine_of(servicers).statistics.images == 0


# Interpolate


async def interpolate(servicers: Servicers, **fields: Any) -> list[tuple[int, float, GeneratedImage]]:
    request = InterpolateRequest(**{"start": seed_latent(0), "end": seed_latent(1, psi=1), "format": RAW, **fields})
    return [(r.index, r.fraction, r.image) async for r in servicers.sampling.Interpolate(request, CALL)]


async def test_interpolation_by_its_definition() -> None:
    start, end = golden()["ws_psi065"][0].astype(np.float64), golden()["w_psi1"][1].astype(np.float64)
    async with serving() as servicers:
        strip = await interpolate(servicers, steps=5)
        assert [(index, fraction) for index, fraction, _ in strip] == [(i, i / 4) for i in range(5)]
        for _, fraction, image in strip:
            ws = (1 - fraction) * start + fraction * end
            expected, _ = image_from_styles(styles_from_ws(ws), const_noise())
            np.testing.assert_allclose(pixels(image), expected, atol=2e-3)
        ends = await sample(servicers, latents=[seed_latent(0), seed_latent(1, psi=1)])
        assert strip[0][2].data == ends[0].data
        assert strip[-1][2].data == ends[1].data
        for _, _, image in strip:
            again = await sample(servicers, latents=[Latent(recipe=image.recipe), Latent(latent_id=image.latent_id)])
            assert [other.data for other in again] == [image.data] * 2


async def test_interpolation_interpolates_its_noise_unless_told() -> None:
    start, end = (seed_latent(seed, noise=Noise(mode=NOISE_MODE_RANDOM, seed=9 + seed)) for seed in (0, 1))
    async with serving() as servicers:
        strip = await interpolate(servicers, start=start, end=end)
        assert len(strip) == 8
        assert all(image.recipe.noise == Noise(mode=NOISE_MODE_INTERPOLATED) for _, _, image in strip)
        ends = await sample(servicers, latents=[start, end])
        assert [strip[0][2].data, strip[-1][2].data] == [image.data for image in ends]
        told = await interpolate(servicers, start=start, end=end, noise=start.recipe.noise)
        assert all(image.recipe.noise == Noise(mode=NOISE_MODE_RANDOM, seed=9) for _, _, image in told)
        assert told[0][2].data == ends[0].data
        without = await interpolate(servicers, start=start, steps=2, noise=Noise(mode=NOISE_MODE_NONE))
        np.testing.assert_allclose(pixels(without[0][2]), golden()["image_none"][0], atol=2e-4)


async def test_bad_interpolations() -> None:
    transferred = Recipe(seed=1, style_transfers=[StyleTransfer(reference=Recipe(seed=2), regions=[Region(index=0)])])
    async with serving() as servicers:

        async def fails(field: str, **fields: Any) -> None:
            with pytest.raises(InvalidArgument) as caught:
                await interpolate(servicers, **fields)
            assert caught.value.field.startswith(field), caught.value.message

        await fails("start", start=None)
        await fails("end", end=Latent())
        await fails("steps", steps=1)
        await fails("steps", steps=257)
        await fails("noise.seed", noise=Noise(seed=-1))
        await fails("end.recipe.style_transfers", end=Latent(recipe=transferred))
        assert engine_of(servicers).statistics.images == 0
        (image,) = await sample(servicers, latents=[Latent(recipe=transferred)])
        await fails("end.latent_id.style_transfers", end=Latent(latent_id=image.latent_id))
        # An interpolation of interpolations, as deep as recipes may nest.
        latent = seed_latent(0)
        for _ in range(3):
            latent = Latent(recipe=(await interpolate(servicers, start=latent, steps=3))[1][2].recipe)
        await fails("start", start=latent)


# What computed it


async def test_an_image_says_what_computed_it_and_so_does_its_file() -> None:
    async with serving() as servicers:
        (plain,) = await sample(servicers, seeds=[1], format=ImageFormat())
        (marked,) = await sample(servicers, seeds=[1], format=ImageFormat(burn_in_mark=True))
        (preview,) = await sample(servicers, seeds=[1], format=ImageFormat(resolution=16))
    for image in (plain, marked, preview):
        assert image.execution_provider in onnxruntime.get_available_providers()
        assert (image.execution_provider, image.precision) == ("CPUExecutionProvider", "float32")
        # The iTXt chunk as the PNG specification lays it out: keyword, no compression, no language.
        assert b"iTXtmammoganesis:synthesis\0\0\0\0\0CPUExecutionProvider float32" in image.data
    assert [image.burned_in for image in (plain, marked, preview)] == [False, True, False]
    assert [image.HasField("mark_place") for image in (plain, marked, preview)] == [False, True, False]
    place, before, after = marked.mark_place, read_png(plain.data).pixels, read_png(marked.data).pixels.copy()
    after[place.top : place.top + place.height, place.left : place.left + place.width] = before[
        place.top : place.top + place.height, place.left : place.left + place.width
    ]
    np.testing.assert_array_equal(before, after)
