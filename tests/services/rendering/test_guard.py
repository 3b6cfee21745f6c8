"""The guard: a bundle whose index holds images that it draws itself gives none of them, and all others."""

from __future__ import annotations

import pickle
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mammoganesis.errors import FailedPrecondition, TooNear
from mammoganesis.recipe.identity import latent_id
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_RAW_FLOAT32, ImageFormat
from mammoganesis.v1.latents_pb2 import Latent, Recipe
from mammoganesis.v1.model_pb2 import GetModelRequest
from mammoganesis.v1.pca_editing_pb2 import EditComponentsRequest
from mammoganesis.v1.sampling_pb2 import (
    FindSeedsRequest,
    MeasureRange,
    SampleRequest,
    SeedRange,
    StreamSamplesRequest,
)
from mammoganesis.v1.style_transfer_pb2 import SegmentRegionsRequest
from services.servicers.assembly import Servicers
from services.wire.statuses import error_of, status_of
from tests.support.serving import CALL, RAW, TINY, guarded_copy, serving

KNOWN = (3, 17)
"""Seeds whose images stand in the index."""


@pytest.fixture(scope="module")
def guarded_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return guarded_copy(tmp_path_factory.mktemp("guard") / "bundle", KNOWN)


@pytest.fixture
async def guarded(guarded_bundle: Path) -> AsyncIterator[Servicers]:
    async with serving(guarded_bundle, guard="on") as servicers:
        yield servicers


async def test_images_of_the_index_are_refused_by_name_and_others_pass(guarded: Servicers) -> None:
    request = SampleRequest(seeds=range(20), format=RAW)
    with pytest.raises(TooNear) as refusal:
        await guarded.sampling.Sample(request, CALL)
    others = [seed for seed in range(20) if seed not in KNOWN]
    answer = await guarded.sampling.Sample(SampleRequest(seeds=others, format=RAW), CALL)
    async with serving() as plain:
        expected = await plain.sampling.Sample(request, CALL)
    for seed, image in zip(others, answer.images, strict=True):
        assert image.data == expected.images[seed].data
    known = [Recipe.FromString(expected.images[seed].recipe.SerializeToString()) for seed in KNOWN]
    for recipe in known:
        recipe.ClearField("bundle_digest")
        recipe.ClearField("bundle_name")
    digest = guarded.renderer.bundle.digest
    assert refusal.value.images == tuple(latent_id(recipe, digest) for recipe in known)
    assert guarded.engine.statistics.too_near == len(KNOWN)  # type: ignore[attr-defined]


async def test_who_asks_for_it_gets_the_others_of_a_call(guarded: Servicers) -> None:
    known = Latent(recipe=Recipe(seed=KNOWN[1]))
    request = SampleRequest(seeds=[2, *KNOWN, 4], latents=[known], format=RAW, leave_out_too_near=True)
    answer = await guarded.sampling.Sample(request, CALL)
    assert list(answer.left_out) == [1, 2, 4]
    assert [image.recipe.seed for image in answer.images] == [2, 4]
    whole = SampleRequest(seeds=[2, 4], format=RAW, leave_out_too_near=True)
    same = await guarded.sampling.Sample(whole, CALL)
    assert not same.left_out
    assert [image.data for image in same.images] == [image.data for image in answer.images]


async def test_the_recipe_of_a_refused_image_is_refused_however_it_is_asked_for(guarded: Servicers) -> None:
    known, little = Latent(recipe=Recipe(seed=KNOWN[0])), {"index": 0, "sigmas": 0.01}
    with pytest.raises(TooNear, match=r"lat_[0-9a-f]{32} is too near to a training image to be handed out; another"):
        await guarded.sampling.Sample(SampleRequest(latents=[known], format=RAW), CALL)
    with pytest.raises(TooNear):
        await guarded.pca_editing.EditComponents(EditComponentsRequest(latent=known, format=RAW, edits=[little]), CALL)
    with pytest.raises(TooNear):
        await guarded.style_transfer.SegmentRegions(SegmentRegionsRequest(latent=known), CALL)
    edits = EditComponentsRequest(latent=known, format=RAW, edits=[{"index": 0, "sigmas": 3}])
    assert (await guarded.pca_editing.EditComponents(edits, CALL)).image.data


async def test_a_stream_ends_at_what_is_refused_and_a_search_passes_over_it(guarded: Servicers) -> None:
    seen = []
    request = StreamSamplesRequest(seed_range=SeedRange(first=0, count=10), format=RAW)

    async def read() -> None:
        async for answer in guarded.sampling.StreamSamples(request, CALL):
            seen.append(answer.index)

    with pytest.raises(TooNear):
        await read()
    assert seen == list(range(KNOWN[0]))
    wanted = FindSeedsRequest(
        seed_range=SeedRange(first=0, count=20), ranges=[MeasureRange(name="breast_area", least=0)], format=RAW
    )
    found = [(answer.seed, answer.examined) async for answer in guarded.sampling.FindSeeds(wanted, CALL)]
    assert found == [(seed, seed + 1) for seed in range(20) if seed not in KNOWN][: len(found)]
    assert found[-1][0] > KNOWN[0]


async def test_previews_are_not_looked_at(guarded: Servicers) -> None:
    small = ImageFormat(encoding=IMAGE_ENCODING_RAW_FLOAT32, resolution=guarded.renderer.limits.preview_resolution)
    request = SampleRequest(seeds=KNOWN, format=small)
    assert len((await guarded.sampling.Sample(request, CALL)).images) == len(KNOWN)


async def test_off_gives_everything_and_the_model_says_which(guarded_bundle: Path, guarded: Servicers) -> None:
    async with serving(guarded_bundle) as off:
        assert len((await off.sampling.Sample(SampleRequest(seeds=KNOWN, format=RAW), CALL)).images) == len(KNOWN)
        assert not (await off.model.GetModel(GetModelRequest(), CALL)).HasField("guard")
    said = (await guarded.model.GetModel(GetModelRequest(), CALL)).guard
    assert (said.images, said.controls, said.controls_below) == (2, 9, 1)
    assert said.limit == pytest.approx(0.3)


async def test_a_bundle_without_a_guard_is_not_served_with_one() -> None:
    with pytest.raises(
        FailedPrecondition, match=r"MAMMOGANESIS_GUARD is on, and the bundle .* has no guard; export it"
    ):
        async with serving(TINY, guard="on"):
            pass


def test_a_refusal_reaches_a_client_as_what_it_is() -> None:
    """Between processes of a cluster as a pickle, over gRPC as a status."""
    names = [f"lat_{number:032x}" for number in range(11)]
    refusal = pickle.loads(pickle.dumps(TooNear(names)))
    assert refusal.images == tuple(names)
    told = error_of(*status_of(refusal))
    assert isinstance(told, TooNear)
    assert told.images == tuple(names[:8])
    assert "and 3 more are too near" in told.message
