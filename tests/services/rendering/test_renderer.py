"""The renderer: the same bytes with any cache or none, recipes and ids that lead back to the image."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest

from mammoganesis.editing import latents
from mammoganesis.errors import DeadlineExceeded, NotFound
from mammoganesis.pictures.png import read_png
from mammoganesis.recipe import completion, identity
from mammoganesis.v1.images_pb2 import GeneratedImage, ImageFormat
from mammoganesis.v1.latents_pb2 import (
    Code,
    ComponentEdit,
    Interpolation,
    Latent,
    Mixing,
    Noise,
    Recipe,
    Region,
    StyleTransfer,
    Truncation,
)
from mammoganesis.v1.sampling_pb2 import SampleRequest
from services.rendering import codes
from services.rendering.cache_values import recipe_key
from services.rendering.calls import CallContext
from services.rendering.codes import Codes
from services.servicers.assembly import Servicers
from tests.support.engine_jobs import held
from tests.support.redis_server import RedisServer
from tests.support.serving import CALL, TINY, pixels, seed_latent, serving
from tests.support.stylegan2_numpy import golden

PNG = ImageFormat()
SECRET = "a-secret-of-the-tests-0123456789"
# One recipe that goes through everything.
RICH = Recipe(
    seed=11,
    truncation=Truncation(psi=0.8, cutoff=6),
    component_edits=[ComponentEdit(index=1, sigmas=-2, layer_start=2)],
    style_transfers=[
        StyleTransfer(
            reference=Recipe(
                seed=12,
                component_edits=[ComponentEdit(index=0, sigmas=1)],
                style_transfers=[StyleTransfer(reference=Recipe(seed=13), regions=[Region(index=3)])],
            ),
            regions=[Region(index=0), Region(index=2)],
            epsilon=8.0,
        )
    ],
    noise=Noise(mode="NOISE_MODE_RANDOM", seed=4),
)


@pytest.fixture
async def servicers() -> AsyncIterator[Servicers]:
    async with serving() as built:
        yield built


async def test_a_recipe_is_remembered_while_its_image_is_drawn(servicers: Servicers) -> None:
    recipe = completion.complete(RICH, servicers.renderer.limits)
    latent_id = identity.latent_id(recipe, servicers.renderer.bundle.digest)
    with held(servicers.engine):  # type: ignore[arg-type]
        drawing = asyncio.create_task(rendered(servicers, Latent(recipe=RICH)))
        while await servicers.renderer.remembered(latent_id) is None:
            await asyncio.sleep(0.01)
        assert not drawing.done()
    assert (await drawing).latent_id == latent_id


async def rendered(servicers: Servicers, latent: Latent) -> GeneratedImage:
    (image,) = (await servicers.sampling.Sample(SampleRequest(latents=[latent]), CALL)).images
    return image


async def test_a_png_alone_gives_its_image_again(servicers: Servicers) -> None:
    image = await rendered(servicers, Latent(recipe=RICH))
    content = read_png(image.data)
    assert content.recipe == identity.without_bundle(image.recipe)
    assert content.latent_id == image.latent_id
    assert content.bundle_digest == image.bundle_digest == servicers.renderer.bundle.digest
    async with serving() as elsewhere:  # another process would not know the latent id either
        again = await rendered(elsewhere, Latent(recipe=content.recipe))
    assert again.data == image.data
    assert again.recipe == image.recipe
    assert again.latent_id == image.latent_id


async def test_a_recipe_is_complete_and_stays_what_it_is(servicers: Servicers) -> None:
    image = await rendered(servicers, Latent(recipe=RICH))
    assert identity.is_complete(image.recipe)
    again = completion.complete(image.recipe, servicers.renderer.limits)
    assert servicers.renderer.of_bundle(again) == image.recipe
    assert image.recipe.style_transfers[0].reference.style_transfers[0].reference.truncation.psi == 0.65


async def test_a_reference_brings_its_own_edits_and_transfers(servicers: Servicers) -> None:
    renderer = servicers.renderer
    complete = completion.complete(RICH, renderer.limits)
    (outer,) = complete.style_transfers
    q = renderer.query(outer)
    styles = (await renderer.field(complete)).own
    reference = (await renderer.field(outer.reference)).own
    plain = Recipe()
    plain.CopyFrom(complete)
    del plain.style_transfers[:]
    target = (await renderer.field(plain)).own
    assert 0 < q.sum() < len(q)
    np.testing.assert_array_equal(styles[q], reference[q])
    np.testing.assert_array_equal(styles[~q], target[~q])
    bare = completion.complete(Recipe(seed=12), renderer.limits)
    assert np.abs(reference - (await renderer.field(bare)).own).max() > 1e-2


async def test_recipes_that_come_together_have_the_styles_that_each_has_alone(servicers: Servicers) -> None:
    """Of every kind of origin and transfer, some of them twice, with one w in the cache and the others not."""
    renderer = servicers.renderer
    ends = {"start": RICH, "end": Recipe(seed=21)}
    code = Recipe(code=Code(values=np.linspace(-1, 1, renderer.limits.w_dim)))
    parts = {"base": Recipe(seed=22, truncation=Truncation(psi=1)), "style": code}
    wanted = [
        Recipe(seed=20),
        RICH,
        Recipe(interpolation=Interpolation(**ends, fraction=0.25, space="INTERPOLATION_SPACE_STYLES")),
        code,
        Recipe(mixing=Mixing(**parts, layer_start=2, layer_end=5), component_edits=RICH.component_edits),
        Recipe(interpolation=Interpolation(start=Recipe(seed=20), end=Recipe(mixing=Mixing(**parts)), fraction=0.5)),
        Recipe(seed=20, noise=Noise(mode="NOISE_MODE_NONE")),
    ]
    recipes = [completion.complete(recipe, renderer.limits) for recipe in wanted]
    await renderer.field(recipes[0])
    together = await Codes(renderer.bundle, servicers.cache, renderer.limits).fields(recipes)
    alone = renderer.without_cache()
    for recipe, field in zip(recipes, together, strict=True):
        expected = await alone.field(recipe)
        np.testing.assert_array_equal(field.styles, expected.styles)
        np.testing.assert_array_equal(field.masks, expected.masks)
    assert len({field.own.tobytes() for field in together}) == 6


async def test_ws_agree_with_the_reference(servicers: Servicers) -> None:
    for seed in range(4):
        ws = await servicers.renderer.ws(completion.complete(Recipe(seed=seed), servicers.renderer.limits))
        np.testing.assert_allclose(ws, golden()["ws_psi065"][seed], rtol=1e-4, atol=1e-5)


async def test_unknown_latent_id(servicers: Servicers) -> None:
    with pytest.raises(NotFound, match=r"latents\[0\]\.latent_id: lat_a{32} is not in the cache.*send the recipe"):
        await rendered(servicers, Latent(latent_id="lat_" + "a" * 32))


async def test_a_passed_deadline(servicers: Servicers) -> None:
    call = CallContext("late", deadline=time.monotonic() - 1)
    with pytest.raises(DeadlineExceeded):
        await servicers.renderer.render(completion.complete(RICH, servicers.renderer.limits), PNG, call)


# The cache


async def test_without_any_cache() -> None:
    async with serving(local_cache_entries=0) as none, serving() as local:
        bare = await rendered(none, Latent(recipe=RICH))
        for _ in range(2):  # a miss, then a hit
            assert (await rendered(local, Latent(recipe=RICH))).data == bare.data
        assert not bare.latent_cached
        with pytest.raises(NotFound):
            await rendered(none, Latent(latent_id=bare.latent_id))


async def test_a_latent_id_reaches_another_replica_through_redis(redis_server: RedisServer) -> None:
    settings: dict[str, Any] = {"redis_url": redis_server.url, "redis_timeout_seconds": 10, "edge_secret": SECRET}
    async with serving(**settings) as one, serving(**settings) as other:
        image = await rendered(one, Latent(recipe=RICH))
        assert image.latent_cached
        assert (await rendered(other, Latent(latent_id=image.latent_id))).data == image.data
        assert other.cache.stats()["redis_hits"] > 0


@pytest.fixture
def w_in_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a bundle whose mapping takes longer than Redis."""
    monkeypatch.setattr(codes, "QUICK_W_DIM", 0)


@pytest.mark.usefixtures("w_in_redis")
@pytest.mark.parametrize("fault", ["killed", "frozen", "emptied", "overwritten", "truncated", "other types", "swapped"])
async def test_a_redis_that_fails_changes_no_byte(redis_server: RedisServer, fault: str) -> None:
    async with serving() as untouched:
        expected = await rendered(untouched, Latent(recipe=RICH))
    settings: dict[str, Any] = {"redis_url": redis_server.url, "edge_secret": SECRET}
    async with serving(**settings, redis_timeout_seconds=10) as servicers:
        assert (await rendered(servicers, Latent(recipe=RICH))).data == expected.data
    spoil(redis_server, fault)
    try:
        # A new process: nothing is left in its own memory.
        timeout = 0.05 if fault == "frozen" else 10
        async with serving(**settings, redis_timeout_seconds=timeout) as servicers:
            images = await asyncio.gather(*(rendered(servicers, Latent(recipe=RICH)) for _ in range(4)))
            assert {image.data for image in images} == {expected.data}
            if fault in ("killed", "frozen"):
                assert not any(image.latent_cached for image in images)
            if fault in ("overwritten", "truncated", "swapped"):
                assert servicers.cache.stats()["corrupt"] >= 3
            with pytest.raises(NotFound):
                await rendered(servicers, Latent(latent_id="lat_" + "0" * 32))
    finally:
        if fault == "frozen":
            redis_server.thaw()


def spoil(server: RedisServer, fault: str) -> None:
    client = server.client()
    keys = client.keys()
    assert isinstance(keys, list)
    assert len(keys) >= 4  # three w and a recipe
    if fault == "killed":
        server.kill()
    elif fault == "frozen":
        server.freeze()
    elif fault == "emptied":
        client.flushall()
    elif fault == "swapped":  # each has the sound value of another
        values = [client.get(key) for key in keys]
        for key, value in zip(keys, values[1:] + values[:1], strict=True):
            assert isinstance(value, bytes)
            client.set(key, value)
    for key in keys if fault in ("overwritten", "truncated", "other types") else []:
        value = client.get(key)
        assert isinstance(value, bytes)
        if fault == "overwritten":
            damaged = bytearray(value)
            for place in random.Random(0).sample(range(len(value)), 5):
                damaged[place] ^= 0xFF
            client.set(key, bytes(damaged))
        elif fault == "truncated":
            client.set(key, value[: len(value) // 2])
        else:
            client.delete(key)
            client.lpush(key, b"x")


async def test_a_w_that_is_quickly_computed_is_no_business_of_redis(
    redis_server: RedisServer, request: pytest.FixtureRequest
) -> None:
    settings: dict[str, Any] = {"redis_url": redis_server.url, "redis_timeout_seconds": 10, "edge_secret": SECRET}
    async with serving(**settings) as servicers:
        image = await rendered(servicers, seed_latent(7))
        assert [key.decode() for key in redis_server.client().scan_iter()] == [recipe_key(image.latent_id)]
        assert (await rendered(servicers, seed_latent(7))).data == image.data
        assert servicers.cache.stats()["local_hits"] == 1  # the w, in the process's own memory
    request.getfixturevalue("w_in_redis")
    redis_server.client().flushall()
    async with serving(**settings) as servicers:
        assert (await rendered(servicers, seed_latent(7))).data == image.data
        assert len(redis_server.client().keys()) == 2


@pytest.mark.usefixtures("w_in_redis")
async def test_a_seeds_image_is_its_own_whatever_stands_in_redis_under_it(redis_server: RedisServer) -> None:
    """Another seed's w, sealed by a process of another secret, as whoever can write to Redis may store it."""
    settings: dict[str, Any] = {"redis_url": redis_server.url, "redis_timeout_seconds": 10}
    async with serving(**settings, edge_secret=SECRET) as one, serving(**settings, edge_secret=SECRET[::-1]) as liar:
        expected = await rendered(one, seed_latent(7))
        digest = one.renderer.bundle.digest
        w = one.renderer.bundle.w_from_z(latents.z_from_seed(8, one.renderer.limits.z_dim), {})
        assert await liar.cache.put_w(digest, "seed:7", w)
    async with serving(**settings, edge_secret=SECRET) as another:
        assert (await rendered(another, seed_latent(7))).data == expected.data
        assert another.cache.stats()["corrupt"] == 1


async def test_without_cache_nothing_is_read_and_nothing_is_stored(servicers: Servicers) -> None:
    expected = await rendered(servicers, seed_latent(7))
    assert expected.latent_cached
    digest, before = servicers.renderer.bundle.digest, servicers.cache.stats()
    w = servicers.renderer.bundle.w_from_z(latents.z_from_seed(8, servicers.renderer.limits.z_dim), {})
    assert await servicers.cache.put_w(digest, "seed:7", w)  # by who has the secret
    assert (await rendered(servicers, seed_latent(7))).data != expected.data

    before = servicers.cache.stats()
    request = SampleRequest(latents=[seed_latent(7), seed_latent(9)], seeds=[7], without_cache=True)
    checked = (await servicers.sampling.Sample(request, CALL)).images
    assert servicers.cache.stats() == before
    assert checked[1].data == expected.data
    assert not any(image.latent_cached for image in checked)
    with pytest.raises(NotFound):
        await rendered(servicers, Latent(latent_id=checked[2].latent_id))

    # The recipe behind a latent id is what the id says, or none.
    request = SampleRequest(latents=[Latent(latent_id=expected.latent_id)], without_cache=True)
    assert (await servicers.sampling.Sample(request, CALL)).images[0].data == expected.data


@pytest.mark.parametrize(
    "stored",
    [
        lambda renderer: b"",
        lambda renderer: b"\xff\xff\xff",
        lambda renderer: Recipe(seed=5).SerializeToString(),
        lambda renderer: completion.complete(Recipe(seed=5), renderer.limits).SerializeToString(),
    ],
)
async def test_a_cached_recipe_that_is_not_the_ids_is_not_used(
    servicers: Servicers, stored: Callable[[Any], bytes]
) -> None:
    image = await rendered(servicers, Latent(recipe=RICH))
    assert await servicers.cache.put_recipe(image.latent_id, stored(servicers.renderer))
    with pytest.raises(NotFound):
        await rendered(servicers, Latent(latent_id=image.latent_id))


async def test_the_cached_w_is_used_and_must_be_finite(servicers: Servicers) -> None:
    digest = servicers.renderer.bundle.digest
    recipe = completion.complete(Recipe(seed=0), servicers.renderer.limits)
    await servicers.cache.put_w(digest, "seed:0", golden()["w_psi1"][1:2])
    ws = await servicers.renderer.ws(recipe)
    np.testing.assert_allclose(ws, golden()["ws_psi065"][1], rtol=1e-4, atol=1e-5)
    await servicers.cache.put_w(digest, "seed:0", np.full((1, 96), np.nan, np.float32))
    ws = await servicers.renderer.ws(recipe)
    np.testing.assert_allclose(ws, golden()["ws_psi065"][0], rtol=1e-4, atol=1e-5)


async def test_images_of_many_callers_at_once_are_those_of_one(servicers: Servicers) -> None:
    seeds = list(range(24))
    together = await asyncio.gather(
        *(rendered(servicers, Latent(recipe=Recipe(seed=seed))) for seed in seeds),
        *(rendered(servicers, Latent(recipe=RICH)) for _ in range(4)),
    )
    assert max(image.timing.batch_size for image in together) > 1
    async with serving(TINY, max_batch_size=1, local_cache_entries=0) as single:
        for seed, image in zip(seeds, together, strict=False):
            assert (await rendered(single, Latent(recipe=Recipe(seed=seed)))).data == image.data
        assert {image.data for image in together[24:]} == {(await rendered(single, Latent(recipe=RICH))).data}


async def test_raw_numbers_are_not_clamped(servicers: Servicers) -> None:
    strong = Recipe(seed=0, component_edits=[ComponentEdit(index=0, sigmas=20)])
    raw = ImageFormat(encoding="IMAGE_ENCODING_RAW_FLOAT32")
    image = await servicers.renderer.render(completion.complete(strong, servicers.renderer.limits), raw, CALL)
    assert np.abs(pixels(image)).max() > 1
    assert len(image.data) == 4 * 32 * 32
