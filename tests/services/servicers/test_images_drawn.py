"""What a request costs, held against what the engine then draws for it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

from mammoganesis.v1 import model_pb2, pca_editing_pb2, sampling_pb2, style_transfer_pb2
from mammoganesis.v1.latents_pb2 import (
    INTERPOLATION_SPACE_STYLES,
    LOCALITY_MASKED,
    ComponentEdit,
    Latent,
    Mask,
    Recipe,
    Region,
)
from services.edge.routes import RECORDS, routes
from services.rendering.jobs import SynthesisJob, SynthesisResult
from services.servicers.requests import images_drawn
from tests.support.serving import CALL, seed_latent, serving

ONE, TWO = seed_latent(1), seed_latent(2)
MASKED = Recipe(seed=1)
MASKED.style_transfers.add(
    reference=Recipe(seed=2), locality=LOCALITY_MASKED, mask=Mask(size=1, deflated=zlib.compress(b"\xff"))
)
BY_CHANNELS = Recipe(seed=3)  # from a reference that has a mask
BY_CHANNELS.style_transfers.add(reference=MASKED, regions=[Region(index=0)])
BETWEEN = Recipe(interpolation={"start": Recipe(seed=3), "end": MASKED, "space": INTERPOLATION_SPACE_STYLES})
REGIONS = [style_transfer_pb2.TransferStyleRequest().regions.add(index=0)]
REQUESTS: list[tuple[str, str, Any]] = [
    ("sampling", "Sample", sampling_pb2.SampleRequest(seeds=[1, 2], latents=[ONE, TWO, ONE])),
    ("sampling", "StreamSamples", sampling_pb2.StreamSamplesRequest(seed_range={"first": 3, "count": 4})),
    ("sampling", "StreamSamples", sampling_pb2.StreamSamplesRequest(seed_list={"seeds": [1, 9]})),
    ("sampling", "FindSeeds", sampling_pb2.FindSeedsRequest(seed_range={"first": 3, "count": 40})),
    ("sampling", "FindSeeds", sampling_pb2.FindSeedsRequest(seed_range={"first": 3, "count": 4}, count=2)),
    (
        "sampling",
        "FindSeeds",
        sampling_pb2.FindSeedsRequest(seed_range={"count": 5}, ranges=[{"name": "texture", "least": 9}]),
    ),
    ("pca_editing", "CheckReach", pca_editing_pb2.CheckReachRequest(latent=ONE)),
    ("sampling", "Interpolate", sampling_pb2.InterpolateRequest(start=ONE, end=TWO)),
    ("sampling", "Interpolate", sampling_pb2.InterpolateRequest(start=ONE, end=TWO, steps=3)),
    ("sampling", "MixStyles", sampling_pb2.MixStylesRequest(base=ONE, style=TWO)),
    ("sampling", "RedrawNoise", sampling_pb2.RedrawNoiseRequest(latent=ONE, noise_seeds=[1, 2, 3])),
    ("sampling", "DescribeRecipe", sampling_pb2.DescribeRecipeRequest(latent=ONE)),
    ("pca_editing", "ListComponents", pca_editing_pb2.ListComponentsRequest()),
    (
        "pca_editing",
        "EditComponents",
        pca_editing_pb2.EditComponentsRequest(latent=ONE, edits=[ComponentEdit(index=0, sigmas=1)]),
    ),
    ("pca_editing", "SweepComponent", pca_editing_pb2.SweepComponentRequest(latent=ONE, edit=ComponentEdit(index=0))),
    (
        "pca_editing",
        "SweepComponent",
        pca_editing_pb2.SweepComponentRequest(latent=ONE, edit=ComponentEdit(index=0), steps=2),
    ),
    ("style_transfer", "ListRegions", style_transfer_pb2.ListRegionsRequest()),
    (
        "style_transfer",
        "TransferStyle",
        style_transfer_pb2.TransferStyleRequest(target=ONE, reference=TWO, regions=REGIONS),
    ),
    (
        "style_transfer",
        "TransferStyle",
        style_transfer_pb2.TransferStyleRequest(
            target=ONE, reference=TWO, regions=[{"index": region} for region in range(4)], locality=LOCALITY_MASKED
        ),
    ),
    (
        "style_transfer",
        "TransferStyle",
        style_transfer_pb2.TransferStyleRequest(
            target=ONE,
            reference=TWO,
            polygon={"points": [{"x": 0.1}, {"x": 0.9}, {"y": 0.9}]},
            locality=LOCALITY_MASKED,
        ),
    ),
    ("style_transfer", "SegmentRegions", style_transfer_pb2.SegmentRegionsRequest(latent=ONE)),
    *(
        ("style_transfer", "SegmentRegions", style_transfer_pb2.SegmentRegionsRequest(latent=Latent(recipe=recipe)))
        for recipe in (MASKED, BY_CHANNELS, BETWEEN)
    ),
    (
        "style_transfer",
        "TransferStyle",
        style_transfer_pb2.TransferStyleRequest(
            target=Latent(recipe=MASKED),
            reference=TWO,
            regions=[{"index": region} for region in range(4)],
            locality=LOCALITY_MASKED,
        ),
    ),
    ("model", "GetModel", model_pb2.GetModelRequest()),
]


async def test_a_request_costs_what_the_engine_draws() -> None:
    drawn = 0
    async with serving() as servicers:
        synthesize = servicers.engine.synthesize

        async def counted(jobs: Sequence[SynthesisJob], deadline: float | None) -> list[SynthesisResult]:
            nonlocal drawn
            drawn += len(jobs)
            return await synthesize(jobs, deadline)

        servicers.engine.synthesize = counted  # type: ignore[method-assign]
        for service, rpc, request in REQUESTS:
            drawn = 0
            answer = getattr(getattr(servicers, service), rpc)(request, CALL)
            if hasattr(answer, "__aiter__"):
                _ = [image async for image in answer]
            else:
                await answer
            assert images_drawn(request) == drawn, rpc


def test_no_rpc_is_left_out() -> None:
    drawing = [path for path, route in routes().items() if route.application != RECORDS]
    assert {rpc for _, rpc, _ in REQUESTS} == {path.rpartition("/")[2] for path in drawing}
