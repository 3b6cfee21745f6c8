"""Style transfer: the query against its definition and the paper's optimum, the servicer against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy import ndarray
from scipy.optimize import linprog

from mammoganesis.editing.segmentation import breast_mask, label_map
from mammoganesis.editing.transfer import query, region_share, transfer
from mammoganesis.errors import FailedPrecondition, InvalidArgument, NotFound
from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.identity import without_bundle
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_PNG_16, ImageFormat
from mammoganesis.v1.latents_pb2 import (
    Code,
    Interpolation,
    Latent,
    LayerEpsilon,
    Noise,
    Recipe,
    Region,
    StyleTransfer,
    Truncation,
)
from mammoganesis.v1.sampling_pb2 import DescribeRecipeRequest, SampleRequest
from mammoganesis.v1.style_transfer_pb2 import ListRegionsRequest, SegmentRegionsRequest, TransferStyleRequest
from services.servicers.assembly import Servicers
from tests.support.serving import CALL, RAW, TINY, Copy, pixels, seed_latent, serving
from tests.support.stylegan2_numpy import LAYERS, const_noise, golden, image_from_styles, layer_slices, styles_from_ws

VIEWS = [("CC", "lateral"), ("MLO", "axillary-tail")]

# Few distinct values, so that ties are frequent.
SHARES = st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0])), min_size=1, max_size=12)


def chosen_by_definition(shares: list[float], rho: float, epsilon: float) -> list[bool]:
    """One layer, one channel after the other, by the words of the documentation."""
    q, spent = [False] * len(shares), 0.0
    for channel in sorted(range(len(shares)), key=lambda c: (-shares[c], c)):
        spent += 1.0 - shares[channel]
        if shares[channel] > rho and spent < epsilon:
            q[channel] = True
    return q


@given(st.lists(SHARES, min_size=1, max_size=4), st.floats(0, 1), st.lists(st.floats(0, 8), min_size=4, max_size=4))
def test_query_by_its_definition(layers: list[list[float]], rho: float, epsilons: list[float]) -> None:
    ends = np.cumsum([len(layer) for layer in layers])
    slices = [slice(int(end) - len(layer), int(end)) for end, layer in zip(ends, layers, strict=True)]
    expected = [
        q for layer, epsilon in zip(layers, epsilons, strict=False) for q in chosen_by_definition(layer, rho, epsilon)
    ]
    found = query(np.concatenate([np.array(layer) for layer in layers]), slices, rho, epsilons[: len(layers)])
    assert found.dtype == bool
    assert found.tolist() == expected


@given(SHARES, st.floats(0.01, 0.9), st.floats(0.01, 8))
@settings(deadline=None)
def test_no_other_choice_is_better_at_the_same_cost(shares: list[float], threshold: float, epsilon: float) -> None:
    # The paper's problem, with fractions of channels allowed, and as its budget what the query has spent.
    share = np.array(shares)
    q = query(share, [slice(0, len(share))], threshold, [epsilon])
    rho = threshold / (1 - threshold)
    gain = share - rho * (1 - share)
    spent = float((1 - share)[q].sum())
    best = linprog(-gain, A_ub=[1 - share], b_ub=[spent], bounds=(0, 1))
    # Channels of share 1 cost nothing, and are left out only where no channel at all may be taken.
    assert spent <= epsilon
    assert gain[q].sum() >= -best.fun - 1e-7


@given(SHARES, st.floats(0, 1))
def test_budget_of_zero_moves_nothing_and_an_ample_one_all_above_the_threshold(shares: list[float], rho: float) -> None:
    share, layer = np.array(shares), [slice(0, len(shares))]
    assert not query(share, layer, rho, [0.0]).any()
    assert query(share, layer, rho, [512.0]).tolist() == [value > rho for value in shares]


def test_ties_go_to_the_lower_index() -> None:
    assert query(np.full(4, 0.5), [slice(0, 4)], 0.1, [1.2]).tolist() == [True, True, False, False]


def test_regions_add_up() -> None:
    contributions = np.array([[0.1, 0.7, 0.2], [0.3, 0.2, 0.3], [0.6, 0.1, 0.5]], dtype=np.float32)
    np.testing.assert_allclose(region_share(contributions, [0, 2]), [0.7, 0.8, 0.7], rtol=1e-6)
    np.testing.assert_array_equal(region_share(contributions, [2, 0]), region_share(contributions, [0, 2]))
    assert region_share(contributions * np.float32(1.0001), [0, 1, 2]).max() == 1.0


def test_transfer_moves_the_chosen_channels_only() -> None:
    random = np.random.RandomState(0)
    styles, reference = random.randn(2, 50).astype(np.float32)
    q = random.rand(50) < 0.5
    half = transfer(styles, reference, q, 0.5)
    np.testing.assert_array_equal(half[~q], styles[~q])
    np.testing.assert_allclose(half[q], (styles[q] + reference[q]) / 2, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(transfer(styles, reference, q, 1.0)[q], reference[q])
    np.testing.assert_array_equal(transfer(styles, reference, q, 0.0), styles)
    assert half.dtype == np.float32


# The servicer


def with_strength(reference: Latent, regions: list[int], **settings: Any) -> TransferStyleRequest:
    return TransferStyleRequest(
        target=seed_latent(0), reference=reference, regions=[Region(index=i) for i in regions], format=RAW, **settings
    )


async def sampled(servicers: Servicers, *latents: Latent) -> list[ndarray]:
    response = await servicers.sampling.Sample(SampleRequest(latents=latents, format=RAW), CALL)
    return [pixels(image) for image in response.images]


@pytest.mark.parametrize(
    ("regions", "rho", "epsilon", "strength"), [([1], 0.1, 2.0, 1.0), ([0, 3], 0.3, 10.0, 0.6), ([2], 0.2, 512.0, 0.25)]
)
async def test_a_transfer_by_its_definition(regions: list[int], rho: float, epsilon: float, strength: float) -> None:
    with np.load(TINY / "regions.npz", allow_pickle=False) as content:
        share = content["contributions"][regions].astype(np.float64).sum(axis=0)
    overrides = {**dict.fromkeys(range(6), min(epsilon, 4.0)), 2: 0.0, 5: 1.5}  # 4x4 and 8x8: the bundle's 4
    q = np.concatenate(
        [
            chosen_by_definition(share[part].tolist(), rho, overrides.get(layer, epsilon))
            for layer, part in enumerate(layer_slices())
        ]
    )
    target, reference = (styles_from_ws(golden()["ws_psi065"][seed]) for seed in (0, 1))
    expected, _ = image_from_styles(np.where(q, target + strength * (reference - target), target), const_noise())
    async with serving() as servicers:
        request = with_strength(seed_latent(1), regions, rho=rho, epsilon=epsilon, strength=strength)
        request.layer_epsilons.extend(LayerEpsilon(layer=layer, epsilon=value) for layer, value in overrides.items())
        response = await servicers.style_transfer.TransferStyle(request, CALL)
    assert response.channels_moved == q.sum() > 0
    np.testing.assert_allclose(pixels(response.image), expected, atol=5e-4)


async def test_what_moves_nothing_changes_no_pixel() -> None:
    async with serving() as servicers:
        (target,) = await sampled(servicers, seed_latent(0))
        for settings_, moved in (({"epsilon": 0.0}, 0), ({"strength": 0.0}, None), ({"rho": 1.0}, 0)):
            request = with_strength(seed_latent(1), [1], **settings_)
            response = await servicers.style_transfer.TransferStyle(request, CALL)
            np.testing.assert_array_equal(pixels(response.image), target)
            assert moved is None or response.channels_moved == moved
        itself = await servicers.style_transfer.TransferStyle(with_strength(seed_latent(0), [0, 1, 2, 3]), CALL)
        np.testing.assert_array_equal(pixels(itself.image), target)


async def test_all_regions_and_an_ample_budget_give_the_reference() -> None:
    async with serving() as servicers:
        (reference,) = await sampled(servicers, seed_latent(1))
        request = with_strength(seed_latent(1), [3, 1, 0, 2], rho=0.0, epsilon=512.0)
        response = await servicers.style_transfer.TransferStyle(request, CALL)
        assert response.channels_moved == 496
        np.testing.assert_array_equal(pixels(response.image), reference)


async def test_the_answer_is_reproduced_by_its_recipe_and_by_its_id() -> None:
    async with serving() as servicers:
        edited = Recipe(seed=5, noise=Noise(mode="NOISE_MODE_RANDOM", seed=3))
        first = await servicers.style_transfer.TransferStyle(
            TransferStyleRequest(
                target=Latent(recipe=edited), reference=seed_latent(9), regions=[Region(index=2)], format=RAW
            ),
            CALL,
        )
        again = await sampled(servicers, Latent(recipe=first.image.recipe), Latent(latent_id=first.image.latent_id))
        for image in again:
            np.testing.assert_array_equal(image, pixels(first.image))
        second = await servicers.style_transfer.TransferStyle(
            TransferStyleRequest(
                target=Latent(latent_id=first.image.latent_id),
                reference=Latent(latent_id=first.image.latent_id),
                regions=[Region(index=0)],
                format=RAW,
            ),
            CALL,
        )
        assert len(second.image.recipe.style_transfers) == 2
        # Transfers in order: the second reference is the first answer itself, so nothing is left to move.
        np.testing.assert_array_equal(pixels(second.image), pixels(first.image))


async def test_segmentation_by_its_definition() -> None:
    with np.load(TINY / "regions.npz", allow_pickle=False) as content:
        centroids = content["centroids"].astype(np.float64)
    async with serving() as servicers:
        for seed in range(4):
            image, features = image_from_styles(styles_from_ws(golden()["ws_psi065"][seed]), const_noise())
            cosines = np.tensordot(centroids, features / np.linalg.norm(features, axis=0), 1)  # [k, 8, 8]
            response = await servicers.style_transfer.SegmentRegions(
                SegmentRegionsRequest(latent=seed_latent(seed)), CALL
            )
            labels = np.frombuffer(response.labels, np.uint8).reshape(8, 8)
            ordered = np.sort(cosines, axis=0)
            clear = ordered[-1] - ordered[-2] > 1e-4
            assert clear.mean() > 0.9
            np.testing.assert_array_equal(labels[clear], cosines.argmax(axis=0)[clear])
            expected = label_map(image, features, centroids)
            found = read_png(response.label_map_png).pixels
            assert found.shape == image.shape[1:]
            assert (found == expected).mean() > 0.99, "but for ties, that of our own image"
            assert response.grid_size == 8
            assert response.recipe.seed == seed
            assert response.bundle_digest == servicers.renderer.bundle.digest


async def test_list_of_regions() -> None:
    async with serving() as servicers:
        response = await servicers.style_transfer.ListRegions(ListRegionsRequest(), CALL)
    assert [region.index for region in response.regions] == [0, 1, 2, 3]
    assert sum(region.area_share for region in response.regions) == pytest.approx(1, abs=1e-3)
    assert response.grid_size == 8
    assert list(response.style_layers) == [name for name, _ in LAYERS]
    assert [region.name for region in response.regions] == ["middle", "", "rim", ""]
    assert [region.note for region in response.regions] == ["the largest cluster", "", "", ""]
    assert [region.rejected for region in response.regions] == [False, False, False, True]
    assert [region.colour for region in response.regions] == ["#e69f00", "#56b4e9", "#009e73", "#f0e442"]
    assert (response.default_epsilon, response.low_resolution_epsilon) == (20.0, 4.0)


async def test_parts_that_the_pixels_tell_are_regions_like_others(tmp_path: Any) -> None:
    """A drawn breast instead of what the tiny network draws: its label map has the muscle where it is."""
    copy = Copy(tmp_path / "bundle")
    copy.with_parts()
    async with serving(copy.folder) as servicers:
        listed = await servicers.style_transfer.ListRegions(ListRegionsRequest(), CALL)
        assert [(region.index, region.name, region.part) for region in listed.regions[3:]] == [
            (3, "", ""),
            (4, "skin", "skin"),
            (5, "pectoral-muscle", "pectoral-muscle"),
            (6, "axillary-tail", "axillary-tail"),
        ]
        row, wall = (np.arange(32)[:, None] + 0.5) / 32, 1 - (np.arange(32) + 0.5) / 32
        muscle = wall / 0.3 + row / 0.5 < 1
        drawn = np.where(muscle, 0.4, np.where((wall < 0.6) & (row < 0.9), -0.4, -1.0))[None].astype(np.float32)
        regions = servicers.renderer.bundle.regions
        assert regions is not None
        features = np.random.RandomState(0).rand(regions.centroids.shape[1], 8, 8).astype(np.float32)
        labels = servicers.style_transfer._label_map(drawn, features)
        assert (labels == 5)[muscle & (row > 0.05)].mean() > 0.8
        assert set(np.unique(labels)) >= {4, 5, 6}
        # By channels: what the contributions say, the name standing for the index.
        request = with_strength(seed_latent(1), [5])
        by_index = await servicers.style_transfer.TransferStyle(request, CALL)
        request.regions[0].name = "pectoral-muscle"
        by_name = await servicers.style_transfer.TransferStyle(request, CALL)
        assert by_name.image.data == by_index.image.data
        assert by_index.channels_moved <= (regions.contributions[5] > 0.1).sum()


async def test_a_named_background_is_what_lies_outside_the_breast(tmp_path: Any) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.change_manifest(lambda manifest: manifest["regions"].update(names=["", "air", "", ""]))
    async with serving(copy.folder) as servicers:
        listed = await servicers.style_transfer.ListRegions(ListRegionsRequest(), CALL)
        assert listed.regions[1].colour == "#000000"
        response = await servicers.style_transfer.SegmentRegions(SegmentRegionsRequest(latent=seed_latent(0)), CALL)
        (image,) = await sampled(servicers, seed_latent(0))
    # The tiny network's images are bright everywhere, so that none of them is air, whatever its activations say.
    assert breast_mask((image[0].astype(np.float64) + 1) / 2).all()
    assert 1 in np.frombuffer(response.labels, np.uint8)
    assert 1 not in read_png(response.label_map_png).pixels


async def test_curated_names(tmp_path: Any) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.change_manifest(lambda manifest: manifest["regions"].update(names=["", "nipple", "", "skin"]))
    async with serving(copy.folder) as servicers:
        listed = await servicers.style_transfer.ListRegions(ListRegionsRequest(), CALL)
        assert [region.name for region in listed.regions] == ["", "nipple", "", "skin"]
        request = with_strength(seed_latent(1), [3])
        by_index = await servicers.style_transfer.TransferStyle(request, CALL)
        request.regions[0].name = "skin"
        by_name = await servicers.style_transfer.TransferStyle(request, CALL)
        assert by_name.image.data == by_index.image.data
        assert by_name.image.latent_id == by_index.image.latent_id
        request.regions[0].name = "elbow"
        with pytest.raises(InvalidArgument, match="nipple, skin"):
            await servicers.style_transfer.TransferStyle(request, CALL)


async def test_a_region_has_the_name_of_its_place_in_the_view(tmp_path: Any) -> None:
    copy = Copy(tmp_path / "bundle", TINY.with_name("tiny_conditional_bundle"))
    names = [{"index": 2, "field": "view", "value": value, "name": name} for value, name in VIEWS]
    copy.change_manifest(lambda manifest: manifest["regions"].update(labelled_names=names))
    async with serving(copy.folder) as servicers:
        listed = await servicers.style_transfer.ListRegions(ListRegionsRequest(), CALL)
        assert [(entry.value, entry.name) for entry in listed.regions[2].labelled_names] == VIEWS
        assert not listed.regions[0].labelled_names
        told = []
        for value, _ in VIEWS:
            request = with_strength(seed_latent(1), [0])
            request.target.recipe.CopyFrom(Recipe(seed=0, labels={"view": value}))
            request.regions[0].name = "lateral"
            image = (await servicers.style_transfer.TransferStyle(request, CALL)).image
            assert [region.index for region in image.recipe.style_transfers[0].regions] == [2]
            request = DescribeRecipeRequest(latent=Latent(recipe=image.recipe))
            description = await servicers.sampling.DescribeRecipe(request, CALL)
            told.append((image.file_stem, "".join(description.sentences)))
    for (stem, sentences), (_, name) in zip(told, VIEWS, strict=True):
        assert f"_{name}-of_" in stem
        assert f'region 2 ("{name}")' in sentences


async def test_bad_requests() -> None:
    target, regions = seed_latent(0), [Region(index=1)]
    good: dict[str, Any] = {"target": target, "reference": seed_latent(1), "regions": regions}
    nine = Recipe(seed=1, style_transfers=[StyleTransfer(reference=Recipe(seed=2), regions=regions) for _ in range(8)])
    nested = Recipe(seed=1)
    for _ in range(3):
        nested = Recipe(seed=1, style_transfers=[StyleTransfer(reference=nested, regions=regions)])
    async with serving() as servicers:

        async def fails(field: str, **changes: Any) -> None:
            with pytest.raises(InvalidArgument) as caught:
                await servicers.style_transfer.TransferStyle(TransferStyleRequest(**{**good, **changes}), CALL)
            assert caught.value.field.startswith(field), caught.value.message

        await fails("target", target=None)
        await fails("reference", reference=Latent())
        await fails("reference.recipe.seed", reference=seed_latent(-1))
        await fails("reference.w.values[7]", reference=Latent(w=Code(values=[0.0] * 7 + [float("nan")] + [0.0] * 88)))
        await fails("regions", regions=[])
        await fails("regions[0].index", regions=[Region(index=4)])
        await fails("regions[1]", regions=[Region(index=1), Region()])
        await fails("rho", rho=1.5)
        await fails("epsilon", epsilon=-1)
        await fails("epsilon", epsilon=float("inf"))
        await fails("strength", strength=float("nan"))
        await fails("layer_epsilons[0].layer", layer_epsilons=[LayerEpsilon(layer=11, epsilon=1)])
        await fails("target.recipe.style_transfers", target=Latent(recipe=nine))
        await fails("reference", reference=Latent(recipe=nested))
        with pytest.raises(NotFound, match=r"reference\.latent_id: lat_0{32} .*send the recipe"):
            await servicers.style_transfer.TransferStyle(
                TransferStyleRequest(**{**good, "reference": Latent(latent_id="lat_" + "0" * 32)}), CALL
            )
        assert servicers.engine.statistics.images == 0  # type: ignore[attr-defined]
        # Behind a latent id stands more than a request may add to.
        response = await servicers.sampling.Sample(SampleRequest(latents=[Latent(recipe=nine)]), CALL)
        await fails("target", target=Latent(latent_id=response.images[0].latent_id))
        await fails("reference", reference=Latent(recipe=Recipe(interpolation=Interpolation(start=nine, end=nine))))
        await servicers.style_transfer.TransferStyle(TransferStyleRequest(**good), CALL)


async def test_a_bundle_without_regions(tmp_path: Any) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.remove("regions.npz")
    copy.change_manifest(lambda manifest: manifest.pop("regions"))
    transferred = Recipe(seed=1, style_transfers=[StyleTransfer(reference=Recipe(seed=2), regions=[Region(index=0)])])
    async with serving(copy.folder) as servicers:
        for attempt in (
            servicers.style_transfer.ListRegions(ListRegionsRequest(), CALL),
            servicers.style_transfer.TransferStyle(with_strength(seed_latent(1), [0]), CALL),
            servicers.style_transfer.SegmentRegions(SegmentRegionsRequest(latent=seed_latent(0)), CALL),
            servicers.sampling.Sample(SampleRequest(latents=[Latent(recipe=transferred)]), CALL),
        ):
            with pytest.raises(FailedPrecondition, match="no regions"):
                await attempt
        assert len(await sampled(servicers, seed_latent(0))) == 1


async def test_format_of_the_answer() -> None:
    async with serving() as servicers:
        request = with_strength(seed_latent(1), [1])
        request.format.CopyFrom(ImageFormat(encoding=IMAGE_ENCODING_PNG_16))
        request.reference.recipe.truncation.CopyFrom(Truncation(psi=1.0))
        response = await servicers.style_transfer.TransferStyle(request, CALL)
        content = read_png(response.image.data)
        assert content.pixels.dtype == np.uint16
        assert content.recipe == without_bundle(response.image.recipe)
        assert content.recipe.style_transfers[0].reference.truncation.psi == 1.0
