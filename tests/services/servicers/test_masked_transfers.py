"""Transfers within a mask: against the plain network where the mask says all or nothing, and against the masked network
with fields put together here where it does not."""

from __future__ import annotations

import io
import zlib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from numpy import ndarray
from PIL import Image
from scipy import ndimage

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.editing.layers import low_resolution_layers
from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.limits import MAX_MASK_BYTES
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import (
    INTERPOLATION_SPACE_STYLES,
    LOCALITY_CHANNELS,
    LOCALITY_MASKED,
    ComponentEdit,
    Latent,
    Mask,
    Recipe,
    Region,
)
from mammoganesis.v1.pca_editing_pb2 import EditComponentsRequest, SweepComponentRequest
from mammoganesis.v1.sampling_pb2 import DescribeRecipeRequest, InterpolateRequest, SampleRequest
from mammoganesis.v1.style_transfer_pb2 import Point, Polygon, SegmentRegionsRequest, TransferStyleRequest
from services.servicers.assembly import Servicers
from tests.support.serving import CALL, RAW, TINY, Copy, pixels, seed_latent, serving
from tests.support.stylegan2_numpy import LAYERS, const_noise, image_from_styles, layer_slices

SIZE = 32
SETS = 4
EVERYWHERE = Mask(size=1, deflated=zlib.compress(b"\xff"))


@pytest.fixture
async def servicers() -> AsyncIterator[Servicers]:
    async with serving(TINY) as built:
        yield built


def png(values: ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def left(columns: int, value: int = 255) -> ndarray:
    values = np.zeros((SIZE, SIZE), np.uint8)
    values[:, :columns] = value
    return values


def masked(target: Latent, reference: Latent, **rest: Any) -> TransferStyleRequest:
    given = {"feather": 0.0, "format": RAW, "locality": LOCALITY_MASKED} | rest
    return TransferStyleRequest(target=target, reference=reference, **given)


async def transferred(servicers: Servicers, target: Latent, reference: Latent, **rest: Any) -> Any:
    return (await servicers.style_transfer.TransferStyle(masked(target, reference, **rest), CALL)).image


async def styles_of(servicers: Servicers, seed: int, *edits: ComponentEdit) -> ndarray:
    """The plain styles of a seed, by the path that has no masks in it."""
    request = EditComponentsRequest(latent=seed_latent(seed), edits=edits or [ComponentEdit(index=0)])
    recipe = (await servicers.pca_editing.EditComponents(request, CALL)).image.recipe
    return servicers.renderer.bundle.styles_from_ws(await servicers.renderer.ws(recipe))


def low() -> ndarray:
    """[num_styles] bool: layers that read 4x4 or 8x8."""
    kept = np.zeros(496, bool)
    layers = load_bundle(TINY).style_layers
    for index in low_resolution_layers(layers):
        kept[layer_slices()[index]] = True
    return kept


def drawn(sets: list[ndarray], masks: list[ndarray]) -> ndarray:
    """The bundle's masked network with constant noise; the first set has what the others leave."""
    bundle = load_bundle(TINY)
    styles, shares = np.zeros((1, SETS, 496), np.float32), np.zeros((1, SETS, SIZE, SIZE), np.float32)
    for k, (row, mask) in enumerate(zip(sets, [1 - sum(masks), *masks], strict=True)):
        styles[0, k], shares[0, k] = row, mask
    feeds = {"styles": styles, "masks": shares, "noise": bundle.noise_const[None]}
    return bundle.open_masked().run(feeds, ["image"])[0][0]


def test_the_low_layers_are_those_up_to_8_pixels() -> None:
    names = [name for (name, *_), part in zip(LAYERS, layer_slices(), strict=True) if low()[part].all()]
    assert names == ["b4.conv1", "b4.torgb", "b8.conv0", "b8.conv1", "b8.torgb", "b16.conv0"]


@pytest.mark.parametrize(("strength", "share"), [(1.0, 1.0), (0.0, 0.0)])
async def test_a_mask_of_all_pixels_is_the_plain_image(servicers: Servicers, strength: float, share: float) -> None:
    image = await transferred(
        servicers, seed_latent(1), seed_latent(2), mask_png=png(left(SIZE)), strength=strength, feather=0.1
    )
    own, other = [await styles_of(servicers, seed) for seed in (1, 2)]
    styles = own + share * np.where(low(), 0, other - own)
    expected, _ = image_from_styles(styles.astype(np.float64), const_noise())
    np.testing.assert_allclose(pixels(image), expected, atol=2e-3)


async def test_half_a_mask_and_its_soft_edge(servicers: Servicers) -> None:
    own, other = [await styles_of(servicers, seed) for seed in (1, 2)]
    field = [own, np.where(low(), own, other)]
    hard = left(12) / 255
    image = await transferred(servicers, seed_latent(1), seed_latent(2), mask_png=png(left(12)))
    np.testing.assert_allclose(pixels(image), drawn(field, [hard]), atol=1e-3)
    soft = ndimage.gaussian_filter(hard, 0.1 * SIZE, mode="nearest", truncate=10)
    image = await transferred(
        servicers, seed_latent(1), seed_latent(2), mask_png=png(left(12)), feather=0.1, strength=0.5
    )
    np.testing.assert_allclose(pixels(image), drawn(field, [0.5 * soft]), atol=1e-2)
    corners = [Point(x=x, y=y) for x, y in ((0, 0), (12 / SIZE, 0), (12 / SIZE, 1), (0, 1))]
    by_polygon = await transferred(servicers, seed_latent(1), seed_latent(2), polygon=Polygon(points=corners))
    by_png = await transferred(servicers, seed_latent(1), seed_latent(2), mask_png=png(left(12)))
    assert by_polygon.latent_id == by_png.latent_id


async def test_a_mask_made_of_regions_is_where_the_target_shows_them(servicers: Servicers) -> None:
    asked = SegmentRegionsRequest(latent=seed_latent(1))
    answer = await servicers.style_transfer.SegmentRegions(asked, CALL)
    labels = np.asarray(Image.open(io.BytesIO(answer.label_map_png)))
    region = int(np.bincount(labels.ravel()).argmax())
    image = await transferred(servicers, seed_latent(1), seed_latent(2), regions=[Region(index=region)])
    values = np.where(labels == region, 255, 0).astype(np.uint8)
    expected = await transferred(servicers, seed_latent(1), seed_latent(2), mask_png=png(values))
    assert image.data == expected.data
    assert image.recipe.style_transfers[0].mask == expected.recipe.style_transfers[0].mask
    assert list(image.recipe.style_transfers[0].regions) == [Region(index=region)]
    described = await servicers.sampling.DescribeRecipe(DescribeRecipeRequest(latent=Latent(recipe=image.recipe)), CALL)
    assert any("within a mask made of region" in sentence for sentence in described.sentences)
    absent = sorted({0, 1, 2, 3} - set(np.unique(labels)))
    if absent:
        with pytest.raises(InvalidArgument, match="that this target shows"):
            await transferred(servicers, seed_latent(1), seed_latent(2), regions=[Region(index=absent[0])])


async def test_an_edit_moves_all_that_is_seen(servicers: Servicers) -> None:
    image = await transferred(servicers, seed_latent(1), seed_latent(2), mask_png=png(left(12)))
    edit = ComponentEdit(index=1, sigmas=2.0)
    request = EditComponentsRequest(latent=Latent(recipe=image.recipe), edits=[edit], format=RAW)
    edited = (await servicers.pca_editing.EditComponents(request, CALL)).image
    own, other = [await styles_of(servicers, seed, edit) for seed in (1, 2)]
    expected = drawn([own, np.where(low(), own, other)], [left(12) / 255])
    np.testing.assert_allclose(pixels(edited), expected, atol=1e-3)
    strip = SweepComponentRequest(
        latent=Latent(latent_id=image.latent_id) if image.latent_cached else Latent(recipe=image.recipe),
        edit=ComponentEdit(index=1),
        sigmas_start=0,
        sigmas_end=2,
        steps=2,
        format=RAW,
    )
    steps = [step.image async for step in servicers.pca_editing.SweepComponent(strip, CALL)]
    assert steps[-1].data == edited.data
    np.testing.assert_allclose(pixels(steps[0]), pixels(image), atol=1e-5)


async def test_transfers_stack_up_to_the_sets_of_the_network(servicers: Servicers) -> None:
    latent, masks = seed_latent(1), [left(20), left(12), left(5)]
    image: Any = None
    for seed, mask in zip((2, 3, 4), masks, strict=True):
        image = await transferred(servicers, latent, seed_latent(seed), mask_png=png(mask))
        latent = Latent(recipe=image.recipe)
    own, *others = [await styles_of(servicers, seed) for seed in (1, 2, 3, 4)]
    shares = [(masks[0] - masks[1]) / 255, (masks[1] - masks[2]) / 255, masks[2] / 255]
    expected = drawn([own, *(np.where(low(), own, other) for other in others)], shares)
    np.testing.assert_allclose(pixels(image), expected, atol=1e-3)
    with pytest.raises(InvalidArgument, match=r"target\.recipe\.style_transfers: '5 sets.*at most 4"):
        await transferred(servicers, latent, seed_latent(5), mask_png=png(left(9)))


async def test_channels_and_points_between_act_on_every_set(servicers: Servicers) -> None:
    one = await transferred(servicers, seed_latent(1), seed_latent(2), mask_png=png(left(12)))
    request = TransferStyleRequest(
        target=Latent(recipe=one.recipe), reference=seed_latent(3), regions=[Region(index=1)], format=RAW
    )
    answer = await servicers.style_transfer.TransferStyle(request, CALL)
    q = servicers.renderer.query(answer.image.recipe.style_transfers[-1])
    own, other, third = [await styles_of(servicers, seed) for seed in (1, 2, 3)]
    field = [own, np.where(low(), own, other)]
    expected = drawn([np.where(q, third, row) for row in field], [left(12) / 255])
    np.testing.assert_allclose(pixels(answer.image), expected, atol=1e-3)
    assert answer.channels_moved == q.sum() > 0

    between = InterpolateRequest(
        start=seed_latent(1),
        end=Latent(recipe=one.recipe),
        steps=3,
        space=INTERPOLATION_SPACE_STYLES,
        format=RAW,
    )
    steps = [step.image async for step in servicers.sampling.Interpolate(between, CALL)]
    expected = drawn([own, (own + field[1]) / 2], [left(12) / 255])
    np.testing.assert_allclose(pixels(steps[1]), expected, atol=1e-3)
    np.testing.assert_allclose(pixels(steps[2]), pixels(one), atol=1e-5)


async def test_a_file_is_made_again_from_its_recipe(servicers: Servicers) -> None:
    image = await transferred(
        servicers, seed_latent(1), seed_latent(2), mask_png=png(left(12)), format=ImageFormat(), feather=0.03
    )
    content = read_png(image.data)
    assert content.recipe is not None
    assert content.recipe.style_transfers[0].mask.feather == 0.03
    again = await servicers.sampling.Sample(SampleRequest(latents=[Latent(recipe=content.recipe)]), CALL)
    assert (again.images[0].data, again.images[0].latent_id) == (image.data, image.latent_id)
    other = await transferred(servicers, seed_latent(1), seed_latent(2), mask_png=png(left(13)), format=ImageFormat())
    assert other.latent_id != image.latent_id
    assert other.file_stem != image.file_stem


async def test_a_preview_is_the_image_made_smaller(servicers: Servicers) -> None:
    given = {"mask_png": png(left(12))}
    whole = pixels(await transferred(servicers, seed_latent(1), seed_latent(2), **given))
    small = ImageFormat(encoding=RAW.encoding, resolution=16)
    preview = pixels(await transferred(servicers, seed_latent(1), seed_latent(2), format=small, **given))
    np.testing.assert_allclose(preview, whole.reshape(1, 16, 2, 16, 2).mean(axis=(2, 4)), atol=1e-6)


async def test_regions_of_a_masked_image_are_found(servicers: Servicers) -> None:
    image = await transferred(servicers, seed_latent(1), seed_latent(2), mask_png=png(left(12)))
    found = await servicers.style_transfer.SegmentRegions(
        SegmentRegionsRequest(latent=Latent(recipe=image.recipe)), CALL
    )
    plain = await servicers.style_transfer.SegmentRegions(SegmentRegionsRequest(latent=seed_latent(1)), CALL)
    assert found.labels == plain.labels  # the clustered layer is a low one


async def test_nothing_is_drawn_for_a_request_that_is_refused(servicers: Servicers) -> None:
    recipe = Recipe(seed=1)
    for seed in (2, 3, 4):
        recipe.style_transfers.add(reference=Recipe(seed=seed), locality=LOCALITY_MASKED, mask=EVERYWHERE)
    full = Latent(recipe=recipe)
    for target, reference, rest, words in (
        (full, seed_latent(5), {}, "target.recipe.style_transfers: '5 sets"),
        (seed_latent(5), full, {}, "target.recipe.style_transfers: '5 sets"),
        (seed_latent(1), seed_latent(2), {"feather": np.nan}, "feather: nan"),
        (seed_latent(1), seed_latent(2), {"strength": -1.0}, "strength: -1"),
        (seed_latent(1), Latent(recipe=Recipe(seed=2, labels={"view": "CC"})), {}, "reference.recipe.labels"),
    ):
        with pytest.raises(InvalidArgument) as caught:
            await transferred(servicers, target, reference, regions=[Region(index=1)], **rest)
        assert words in str(caught.value)
    assert servicers.engine.statistics.images == 0


NOISY = np.random.RandomState(0).randint(0, 256, (SIZE, SIZE)).astype(np.uint8)
TRIANGLE = Polygon(points=[Point(x=0.1, y=0.1), Point(x=0.9, y=0.1), Point(x=0.5, y=0.9)])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ["mask", "mask_png, polygon, or regions"]),
        ({"locality": 7}, ["locality", "LOCALITY_MASKED"]),
        ({"mask_png": png(left(0))}, ["mask_png", "0 everywhere"]),
        ({"mask_png": b""}, ["mask_png", "an empty file", "a PNG file"]),
        ({"mask_png": b"GIF89a"}, ["mask_png", "a GIF file of 6 bytes", "a PNG file"]),
        ({"mask_png": png(NOISY)[:300]}, ["mask_png", "damaged"]),
        ({"mask_png": png(np.stack([NOISY] * 3, axis=-1))}, ["mask_png", "8 bits RGB", "8 bits greyscale"]),
        ({"mask_png": png(NOISY.astype(np.uint16))}, ["mask_png", "16 bits greyscale"]),
        ({"mask_png": png(np.full((33, 33), 255, np.uint8))}, ["mask_png", "33 x 33", "1 to 32 pixels"]),
        ({"mask_png": png(NOISY[:, :20])}, ["mask_png", "20 x 32", "as wide as high"]),
        ({"mask_png": png(NOISY), "regions": [Region(index=0)]}, ["regions", "none beside mask_png"]),
        ({"mask_png": png(NOISY), "feather": 0.3}, ["feather", "0.3", "0 to 0.25"]),
        ({"mask_png": png(NOISY), "strength": 1.5}, ["strength", "1.5"]),
        ({"mask_png": png(NOISY), "rho": 0.2}, ["rho", "nothing with LOCALITY_MASKED"]),
        ({"mask_png": png(NOISY), "epsilon": 3.0}, ["epsilon", "nothing with LOCALITY_MASKED"]),
        ({"polygon": Polygon(points=TRIANGLE.points[:2])}, ["polygon.points", "2", "3 to 1000"]),
        ({"polygon": Polygon(points=[*TRIANGLE.points, Point(x=1.2)])}, ["polygon.points[3].x", "1.2", "0 to 1"]),
        ({"regions": [Region(index=9)]}, ["regions[0].index", "9"]),
        ({"locality": LOCALITY_CHANNELS, "polygon": TRIANGLE}, ["polygon", "none without LOCALITY_MASKED"]),
        ({"locality": LOCALITY_CHANNELS, "feather": 0.1, "regions": [Region()]}, ["feather", "none without"]),
    ],
)
async def test_what_is_refused(servicers: Servicers, given: dict[str, Any], words: list[str]) -> None:
    request = TransferStyleRequest(
        target=seed_latent(1), reference=seed_latent(2), **{"locality": LOCALITY_MASKED, **given}
    )
    with pytest.raises(InvalidArgument) as caught:
        await servicers.style_transfer.TransferStyle(request, CALL)
    assert caught.value.field == words[0]
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (None, ["mask", "TransferStyle makes one"]),
        (Mask(size=2, deflated=zlib.compress(b"\0\0\0\0")), ["mask.deflated", "0 everywhere", "a pixel above 0"]),
        (Mask(size=2, deflated=zlib.compress(b"abcd") + b"e"), ["mask.deflated", "size * size = 4 bytes"]),
        (Mask(size=2, deflated=zlib.compress(b"abcd")[:-1]), ["mask.deflated", "size * size = 4 bytes"]),
        (Mask(size=2, deflated=zlib.compress(bytes(2**25), 9)), ["mask.deflated", "size * size = 4 bytes"]),
        (Mask(size=1, deflated=EVERYWHERE.deflated, feather=np.nan), ["mask.feather", "nan", "0 to 0.25"]),
        (Mask(size=2, deflated=b"abc"), ["mask.deflated", "size * size = 4 bytes"]),
        (Mask(size=33, deflated=b"abc"), ["mask.size", "33", "1 to 32"]),
        (Mask(size=2, deflated=b"a" * (MAX_MASK_BYTES + 1)), ["mask.deflated", "65537"]),
    ],
)
async def test_masks_in_recipes_that_are_refused(servicers: Servicers, mask: Mask | None, words: list[str]) -> None:
    recipe = Recipe(seed=1)
    recipe.style_transfers.add(reference=Recipe(seed=2), locality=LOCALITY_MASKED, mask=mask)
    with pytest.raises(InvalidArgument) as caught:
        await servicers.sampling.Sample(SampleRequest(latents=[Latent(recipe=recipe)]), CALL)
    assert caught.value.field == f"latents[0].recipe.style_transfers[0].{words[0]}"
    assert [word for word in words[1:] if word not in str(caught.value)] == []


async def test_a_bundle_without_the_network(tmp_path: Any) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.without_masked()
    async with serving(copy.folder) as servicers:
        for rest in ({"mask_png": png(left(3))}, {"regions": [Region(index=0)]}):
            with pytest.raises(FailedPrecondition, match="no masked synthesis"):
                await transferred(servicers, seed_latent(1), seed_latent(2), **rest)
        plain = await servicers.sampling.Sample(SampleRequest(seeds=[1]), CALL)
        assert len(plain.images) == 1
        recipe = Recipe(seed=1)
        recipe.style_transfers.add(reference=Recipe(seed=2), locality=LOCALITY_MASKED)
        with pytest.raises(FailedPrecondition, match="no masked synthesis"):
            await servicers.sampling.Sample(SampleRequest(latents=[Latent(recipe=recipe)]), CALL)
