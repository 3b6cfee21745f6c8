"""What the noise does to images: each has fine texture of its own, edits keep it, strips do not flicker, and recipes
from before keep theirs."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

import numpy as np
from numpy import ndarray

from mammoganesis.recipe.canonical import from_json
from mammoganesis.v1.images_pb2 import GeneratedImage, ImageFormat
from mammoganesis.v1.latents_pb2 import ComponentEdit, Interpolation, Latent, Mixing, Noise, Recipe, Region
from mammoganesis.v1.pca_editing_pb2 import EditComponentsRequest, SweepComponentRequest
from mammoganesis.v1.sampling_pb2 import InterpolateRequest, MixStylesRequest, SampleRequest
from mammoganesis.v1.style_transfer_pb2 import TransferStyleRequest
from services.servicers.assembly import Servicers
from tests.places import DEMO_BUNDLE
from tests.support.serving import CALL, CONST, RAW, pixels, seed_latent, serving
from tests.support.stylegan2_numpy import const_noise, golden, image_from_styles, split_noise, styles_from_ws

WITHOUT = Noise(mode="NOISE_MODE_NONE")


def of_seed(seed: int, **fields: Any) -> Latent:
    return Latent(recipe=Recipe(seed=seed, **fields))


async def sampled(servicers: Servicers, **fields: Any) -> list[GeneratedImage]:
    return list((await servicers.sampling.Sample(SampleRequest(**{"format": RAW, **fields}), CALL)).images)


def detail(image: ndarray) -> ndarray:
    """What is left of [1, H, W] without the mean of 3 x 3 pixels around each: fine texture, [(H - 2) * (W - 2)]."""
    windows = np.lib.stride_tricks.sliding_window_view(image[0].astype(np.float64), (3, 3))
    return (image[0][1:-1, 1:-1] - windows.mean(axis=(2, 3))).ravel()


def noise_part(image: GeneratedImage, still: GeneratedImage) -> ndarray:
    """What the noise adds to an image."""
    return (pixels(image) - pixels(still)).astype(np.float64)


def correlation(a: ndarray, b: ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


async def test_fine_texture_is_each_images_own_and_only_constant_noise_repeats_it() -> None:
    async with serving(DEMO_BUNDLE) as servicers:
        own = await sampled(servicers, seeds=range(8))
        const = await sampled(servicers, seeds=range(8), noise=CONST)
        stills = await sampled(servicers, seeds=range(8), noise=WITHOUT)

    def alike(textures: list[ndarray]) -> float:
        return float(np.median([abs(correlation(a, b)) for a, b in itertools.combinations(textures, 2)]))

    def added(images: list[GeneratedImage]) -> list[ndarray]:
        return [noise_part(image, still) for image, still in zip(images, stills, strict=True)]

    assert alike([detail(pixels(image)) for image in own]) < 0.1
    assert alike(added(own)) < 0.1
    assert alike(added(const)) > 0.5


async def test_an_image_of_no_named_noise_by_its_definition() -> None:
    """The seed of the noise from the proto's comment, the image from NumPy's own StyleGAN2."""
    async with serving() as servicers:
        for seed, image in enumerate(await sampled(servicers, seeds=range(3))):
            drawn = int(hashlib.sha256(f"noise:seed:{seed}".encode()).hexdigest()[:8], 16)
            noise = split_noise(np.random.RandomState(drawn).randn(2704))
            expected, _ = image_from_styles(styles_from_ws(golden()["ws_psi065"][seed]), noise)
            np.testing.assert_allclose(pixels(image), expected, atol=5e-4)
        values = golden()["w_psi1"][1]
        (coded,) = await sampled(servicers, latents=[Latent(w={"values": values})])
        digest = hashlib.sha256(values.astype("<f4").tobytes()).hexdigest()
        drawn = int(hashlib.sha256(f"noise:code:{digest}".encode()).hexdigest()[:8], 16)
        assert coded.recipe.noise == Noise(mode="NOISE_MODE_RANDOM", seed=drawn)
        noise = split_noise(np.random.RandomState(drawn).randn(2704))
        expected, _ = image_from_styles(styles_from_ws(golden()["ws_psi065"][1]), noise)
        np.testing.assert_allclose(pixels(coded), expected, atol=5e-4)


async def test_edits_transfers_and_mixtures_keep_the_images_noise() -> None:
    async with serving() as servicers:
        (plain,) = await sampled(servicers, seeds=[5])
        own = plain.recipe.noise
        pca, sampling = servicers.pca_editing, servicers.sampling
        sweep = SweepComponentRequest(latent=of_seed(5), edit=ComponentEdit(index=0), steps=5, format=RAW)
        steps = [step.image async for step in pca.SweepComponent(sweep, CALL)]
        edit = EditComponentsRequest(latent=of_seed(5), edits=[ComponentEdit(index=1, sigmas=2)], format=RAW)
        transfer = TransferStyleRequest(target=of_seed(5), reference=of_seed(6), regions=[Region(index=1)], format=RAW)
        mixing = MixStylesRequest(base=of_seed(5), style=of_seed(6), layer_start=4, format=RAW)
        images = [
            *steps,
            (await pca.EditComponents(edit, CALL)).image,
            (await servicers.style_transfer.TransferStyle(transfer, CALL)).image,
            (await sampling.MixStyles(mixing, CALL)).image,
        ]
        assert all(image.recipe.noise == own for image in images)
        assert steps[2].data == plain.data, "the middle of a sweep is the image itself"
        labelled = await sampled(servicers, seeds=[5], truncation={"psi": 1.0})
        assert labelled[0].recipe.noise == own


async def test_a_sweep_changes_what_it_says_and_its_grain_stays() -> None:
    """What the noise adds is nearly the same in neighbouring steps, and never that of another seed."""
    edit = ComponentEdit(index=1)
    request = SweepComponentRequest(latent=of_seed(3), edit=edit, sigmas_start=-1, sigmas_end=1, steps=5, format=RAW)
    async with serving(DEMO_BUNDLE) as servicers:
        steps = [step.image async for step in servicers.pca_editing.SweepComponent(request, CALL)]
        stills = await sampled(servicers, latents=[Latent(recipe=_with(step.recipe, noise=WITHOUT)) for step in steps])
        other, other_still = await sampled(servicers, latents=[of_seed(4), of_seed(4, noise=WITHOUT)])
    grains = [noise_part(step, still) for step, still in zip(steps, stills, strict=True)]
    assert min(correlation(a, b) for a, b in itertools.pairwise(grains)) > 0.8
    assert max(abs(correlation(grain, noise_part(other, other_still))) for grain in grains) < 0.2


async def test_frames_of_an_interpolation_keep_their_grain() -> None:
    """The noise adds as much to the middle of a strip as to its ends; a plain mean of both would add 0.7 times that."""
    async with serving(DEMO_BUNDLE) as servicers:
        request = InterpolateRequest(start=of_seed(3), end=of_seed(4), steps=9, format=RAW)
        frames = [frame.image async for frame in servicers.sampling.Interpolate(request, CALL)]
        stills = await sampled(
            servicers, latents=[Latent(recipe=_with(frame.recipe, noise=WITHOUT)) for frame in frames]
        )
        ends = await sampled(servicers, seeds=[3, 4])
    assert [frames[0].data, frames[-1].data] == [end.data for end in ends]
    strengths = [float(noise_part(frame, still).std()) for frame, still in zip(frames, stills, strict=True)]
    expected = np.linspace(strengths[0], strengths[-1], len(strengths))
    np.testing.assert_allclose(strengths, expected, rtol=0.15)


async def test_interpolated_noise_by_its_definition_also_inside_others() -> None:
    first, second = (np.random.RandomState(seed).randn(2704) for seed in (21, 22))
    start = Recipe(seed=0, noise=Noise(mode="NOISE_MODE_RANDOM", seed=21))
    end = Recipe(seed=1, noise=Noise(mode="NOISE_MODE_RANDOM", seed=22))
    between = Recipe(interpolation=Interpolation(start=start, end=end, fraction=0.25))
    noise = (0.75 * first + 0.25 * second) / np.hypot(0.75, 0.25)
    ws = 0.75 * golden()["ws_psi065"][0].astype(np.float64) + 0.25 * golden()["ws_psi065"][1]
    expected, _ = image_from_styles(styles_from_ws(ws), split_noise(noise))
    mixed = Recipe(mixing=Mixing(base=between, style=end, layer_start=7, layer_end=8))
    nested = Recipe(interpolation=Interpolation(start=between, end=between, fraction=0.5))
    async with serving() as servicers:
        image, mixture, deep = await sampled(servicers, latents=[Latent(recipe=r) for r in (between, mixed, nested)])
        np.testing.assert_allclose(pixels(image), expected, atol=1e-3)
        ws[7] = golden()["ws_psi065"][1][7]
        expected, _ = image_from_styles(styles_from_ws(ws), split_noise(noise))
        np.testing.assert_allclose(pixels(mixture), expected, atol=1e-3)
        np.testing.assert_allclose(pixels(deep), pixels(image), atol=1e-5)
        for each in (image, mixture, deep):
            assert each.recipe.noise == Noise(mode="NOISE_MODE_INTERPOLATED")
            again = await sampled(servicers, latents=[Latent(recipe=each.recipe), Latent(latent_id=each.latent_id)])
            assert [other.data for other in again] == [each.data] * 2
        # A preview takes the leading numbers of the same noise.
        small = ImageFormat(resolution=16)
        one, other = await sampled(servicers, latents=[Latent(recipe=between)] * 2, format=small)
        assert one.data == other.data


# Recipes as files carried them while noise was constant unless told otherwise: complete, so they name it.
_CONST = '"noise":{"mode":"NOISE_MODE_CONST"}'
_ZERO, _ONE, _TWO = (f'{{{_CONST},"seed":{seed},"truncation":{{"cutoff":8,"psi":0.65}}}}' for seed in range(3))
EARLIER = {
    "seed": _TWO,
    "interpolation": f'{{"interpolation":{{"end":{_ONE},"fraction":0.5,"start":{_ZERO}}},{_CONST}}}',
    "mixture": f'{{"mixing":{{"base":{_ZERO},"layer_end":8,"layer_start":4,"style":{_ONE}}},{_CONST}}}',
}


async def test_recipes_from_before_give_their_images_still() -> None:
    ws = golden()["ws_psi065"].astype(np.float64)
    mixed = np.concatenate([ws[0][:4], ws[1][4:]])
    expected = {"seed": ws[2], "interpolation": (ws[0] + ws[1]) / 2, "mixture": mixed}
    async with serving() as servicers:
        digest = servicers.renderer.bundle.digest
        for name, text in EARLIER.items():
            (raw,) = await sampled(servicers, latents=[Latent(recipe=from_json(text))])
            image, _ = image_from_styles(styles_from_ws(expected[name]), const_noise())
            np.testing.assert_allclose(pixels(raw), image, atol=5e-4)
            named = hashlib.sha256("\n".join([digest, text]).encode()).hexdigest()
            assert raw.latent_id == f"lat_{named[:32]}"
            (png,) = await sampled(servicers, latents=[Latent(recipe=from_json(text))], format=ImageFormat())
            assert text.encode() in png.data, "the recipe in the file is the same text"


async def test_constant_noise_asked_for_is_the_earlier_default() -> None:
    async with serving() as servicers:
        asked, earlier = await sampled(servicers, latents=[seed_latent(2), Latent(recipe=from_json(EARLIER["seed"]))])
        assert (asked.data, asked.latent_id) == (earlier.data, earlier.latent_id)


def _with(recipe: Recipe, **fields: Any) -> Recipe:
    changed = Recipe()
    changed.CopyFrom(recipe)
    for name, value in fields.items():
        getattr(changed, name).CopyFrom(value)
    return changed
