"""Style mixing, interpolation of styles, noise drawn again, descriptions and labels, as a caller has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoganesis.errors import InvalidArgument, NotFound
from mammoganesis.v1.images_pb2 import GeneratedImage
from mammoganesis.v1.latents_pb2 import (
    INTERPOLATION_SPACE_STYLES,
    NOISE_MODE_NONE,
    ComponentEdit,
    Latent,
    Noise,
    Recipe,
    Region,
    StyleTransfer,
)
from mammoganesis.v1.sampling_pb2 import (
    DescribeRecipeRequest,
    InterpolateRequest,
    MixStylesRequest,
    RedrawNoiseRequest,
    SampleRequest,
    SeedRange,
    StreamSamplesRequest,
)
from services.servicers.assembly import Servicers
from tests.support.serving import CALL, CONST, RAW, TINY, Copy, pixels, seed_latent, serving
from tests.support.stylegan2_numpy import const_noise, golden, image_from_styles, split_noise, styles_from_ws

UNKNOWN = Latent(latent_id="lat_" + "0" * 32)


async def mixed(servicers: Servicers, base: Latent, style: Latent, **fields: Any) -> GeneratedImage:
    request = MixStylesRequest(base=base, style=style, **{"format": RAW, **fields})
    return (await servicers.sampling.MixStyles(request, CALL)).image


async def sampled(servicers: Servicers, **fields: Any) -> list[GeneratedImage]:
    return list((await servicers.sampling.Sample(SampleRequest(format=RAW, **fields), CALL)).images)


@pytest.mark.parametrize(("start", "end"), [(0, 4), (3, 8), (7, 8)])
async def test_a_mixture_has_the_layers_of_both(start: int, end: int) -> None:
    ws = golden()["ws_psi065"][0].astype(np.float64)
    ws[start:end] = golden()["ws_psi065"][1][start:end]
    expected, _ = image_from_styles(styles_from_ws(ws), const_noise())
    async with serving() as servicers:
        image = await mixed(servicers, seed_latent(0), seed_latent(1), layer_start=start, layer_end=end)
        np.testing.assert_allclose(pixels(image), expected, atol=5e-4)
        for latent in (Latent(recipe=image.recipe), Latent(latent_id=image.latent_id)):
            (again,) = await sampled(servicers, latents=[latent])
            assert again.data == image.data
            assert again.latent_id == image.latent_id


async def test_all_layers_give_the_style_and_the_noise_is_the_bases() -> None:
    quiet = Noise(mode=NOISE_MODE_NONE)
    async with serving() as servicers:
        style, still = await sampled(servicers, latents=[seed_latent(1), seed_latent(1, noise=quiet)])
        assert (await mixed(servicers, seed_latent(0), seed_latent(1))).data == style.data
        base = seed_latent(0, noise=quiet)
        assert (await mixed(servicers, base, seed_latent(1))).data == still.data
        const = await mixed(servicers, base, seed_latent(1), noise=CONST)
        assert const.data == style.data


async def test_what_is_no_point_in_w_cannot_be_mixed() -> None:
    transferred = Recipe(seed=1, style_transfers=[StyleTransfer(reference=Recipe(seed=2), regions=[Region(index=0)])])
    async with serving() as servicers:
        (image,) = await sampled(servicers, latents=[Latent(recipe=transferred)])
        with pytest.raises(InvalidArgument, match=r"style\.recipe\.style_transfers"):
            await mixed(servicers, seed_latent(0), Latent(recipe=transferred))
        # What stands behind a latent id is seen after it has been looked up.
        with pytest.raises(InvalidArgument, match=r"base\.latent_id\.style_transfers"):
            await mixed(servicers, Latent(latent_id=image.latent_id), seed_latent(0))
        with pytest.raises(NotFound, match=r"style\.latent_id"):
            await mixed(servicers, seed_latent(0), UNKNOWN)


async def test_interpolation_of_styles_takes_edited_ends_and_is_straight_there() -> None:
    transfer = StyleTransfer(reference=Recipe(seed=2), regions=[Region(index=0), Region(index=1)], epsilon=60)
    start = Recipe(seed=0, style_transfers=[transfer], noise=CONST)
    request = InterpolateRequest(
        start=Latent(recipe=start), end=seed_latent(1), steps=5, space=INTERPOLATION_SPACE_STYLES, format=RAW
    )
    async with serving() as servicers:
        steps = [response async for response in servicers.sampling.Interpolate(request, CALL)]
        assert [step.fraction for step in steps] == [0, 0.25, 0.5, 0.75, 1]
        ends = await sampled(servicers, latents=[Latent(recipe=start), seed_latent(1)])
        assert steps[0].image.data == ends[0].data
        assert steps[-1].image.data == ends[1].data
        first, second = [(await servicers.renderer.field(image.recipe)).own for image in ends]
        expected, _ = image_from_styles(0.75 * first.astype(np.float64) + 0.25 * second, const_noise())
        np.testing.assert_allclose(pixels(steps[1].image), expected, atol=5e-4)
        # It is no point in W: no edits along components, no mixing.
        edited = Recipe()
        edited.CopyFrom(steps[1].image.recipe)
        edited.component_edits.append(ComponentEdit(index=0, sigmas=1))
        with pytest.raises(InvalidArgument, match="component_edits"):
            await sampled(servicers, latents=[Latent(recipe=edited)])
        request.ClearField("space")
        with pytest.raises(InvalidArgument, match=r"start\.recipe\.style_transfers"):
            await anext(servicers.sampling.Interpolate(request, CALL))


async def test_noise_drawn_again_changes_the_noise_alone() -> None:
    async with serving() as servicers:
        request = RedrawNoiseRequest(latent=seed_latent(2), noise_seeds=[3, 1, 3], format=RAW)
        images = (await servicers.sampling.RedrawNoise(request, CALL)).images
        assert images[0].data == images[2].data != images[1].data
        styles = styles_from_ws(golden()["ws_psi065"][2].astype(np.float64))
        for seed, image in zip((3, 1), images, strict=False):
            expected, _ = image_from_styles(styles, split_noise(np.random.RandomState(seed).randn(2704)))
            np.testing.assert_allclose(pixels(image), expected, atol=5e-4)
            assert image.recipe.noise.seed == seed
        assert (await sampled(servicers, latents=[Latent(recipe=images[1].recipe)]))[0].data == images[1].data
        with pytest.raises(NotFound, match="latent"):
            await servicers.sampling.RedrawNoise(RedrawNoiseRequest(latent=UNKNOWN, noise_seeds=[1]), CALL)


async def test_a_description_uses_the_bundles_words_and_renders_nothing() -> None:
    recipe = Recipe(seed=7, component_edits=[ComponentEdit(name="coarseness", sigmas=1.5)], noise=CONST)
    recipe.style_transfers.add(reference=Recipe(seed=2), regions=[Region(index=2)])
    async with serving() as servicers:
        answer = await servicers.sampling.DescribeRecipe(DescribeRecipeRequest(latent=Latent(recipe=recipe)), CALL)
        assert servicers.engine.statistics.images == 0  # type: ignore[attr-defined]
        (image,) = await sampled(servicers, latents=[Latent(recipe=recipe)])
        assert (answer.recipe, answer.latent_id) == (image.recipe, image.latent_id)
        by_id = DescribeRecipeRequest(latent=Latent(latent_id=image.latent_id))
        assert (await servicers.sampling.DescribeRecipe(by_id, CALL)) == answer
    origin, edit, transfer, noise = answer.sentences
    assert origin == "Seed 7, pulled towards the average image (psi 0.65)."
    assert edit.startswith(
        'Moved by +1.5 standard deviations along "coarseness" (component 2, reversed) in layers 2 to 7'
    )
    assert transfer.startswith('The style of region 2 ("rim") taken from [seed 2')
    assert transfer.endswith("budget 20 a layer, 4 in the layers of 4x4 and 8x8).")
    assert noise == "Rendered with the model's constant noise."


async def test_labels_move_the_image_and_never_share_a_cached_code(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    embedding = copy.to_conditional()
    w_avg = np.load(TINY / "latent_stats.npz")["w_avg"]
    wanted: list[tuple[dict[str, str], list[int]]] = [
        ({}, []),
        ({"view": "MLO"}, [1]),
        ({"density": "C"}, [4]),
        ({}, []),
    ]
    async with serving(copy.folder) as servicers:
        for labels, rows in wanted:
            (image,) = await sampled(servicers, seeds=[1], labels=labels, noise=CONST)
            w = golden()["w_psi1"][1].astype(np.float64) + embedding[rows].sum(axis=0)
            ws = np.repeat((w_avg + 0.65 * (w - w_avg))[None], 8, axis=0)
            expected, _ = image_from_styles(styles_from_ws(ws), const_noise())
            np.testing.assert_allclose(pixels(image), expected, atol=2e-3)
            assert dict(image.recipe.labels) == labels
            again = await sampled(servicers, latents=[Latent(recipe=image.recipe), Latent(latent_id=image.latent_id)])
            assert {item.data for item in again} == {image.data}
        stream = StreamSamplesRequest(
            seed_range=SeedRange(first=1, count=1), labels={"view": "MLO"}, noise=CONST, format=RAW
        )
        (streamed,) = [response.image async for response in servicers.sampling.StreamSamples(stream, CALL)]
        assert streamed.data == (await sampled(servicers, seeds=[1], labels={"view": "MLO"}, noise=CONST))[0].data
        with pytest.raises(InvalidArgument, match=r"labels\.view: 'LAT' is not allowed; allowed: CC, MLO"):
            await sampled(servicers, seeds=[1], labels={"view": "LAT"})
    async with serving() as servicers:
        with pytest.raises(InvalidArgument, match="labels: 'view' is not allowed; allowed: none"):
            await sampled(servicers, seeds=[1], labels={"view": "MLO"})
