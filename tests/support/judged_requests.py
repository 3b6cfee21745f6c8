"""Requests that are judged by the real servicers, up to where images would be made."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.recipe import completion, identity
from mammoganesis.recipe.limits import Limits
from mammoganesis.v1 import pca_editing_pb2, sampling_pb2, style_transfer_pb2
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe
from services.rendering.calls import CallContext
from services.servicers.pca_editing import PcaEditingServicer
from services.servicers.sampling import SamplingServicer
from services.servicers.style_transfer import StyleTransferServicer

SEED = {"recipe": {"seed": 1}}
ID = {"latent_id": "lat_" + "0123456789abcdef" * 2}
NAN, INF = math.nan, math.inf

# RPC -> request, the service, the smallest good request.
REQUESTS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "sample": (sampling_pb2.SampleRequest, "sampling.Sample", {"seeds": [0]}),
    "stream": (sampling_pb2.StreamSamplesRequest, "sampling.StreamSamples", {"seed_list": {"seeds": [0]}}),
    "interpolate": (sampling_pb2.InterpolateRequest, "sampling.Interpolate", {"start": SEED, "end": SEED}),
    "edit": (
        pca_editing_pb2.EditComponentsRequest,
        "pca_editing.EditComponents",
        {"latent": SEED, "edits": [{"index": 0}]},
    ),
    "sweep": (
        pca_editing_pb2.SweepComponentRequest,
        "pca_editing.SweepComponent",
        {"latent": SEED, "edit": {"index": 0}},
    ),
    "transfer": (
        style_transfer_pb2.TransferStyleRequest,
        "style_transfer.TransferStyle",
        {"target": SEED, "reference": SEED, "regions": [{"index": 0}]},
    ),
    "mix": (sampling_pb2.MixStylesRequest, "sampling.MixStyles", {"base": SEED, "style": SEED}),
    "redraw": (sampling_pb2.RedrawNoiseRequest, "sampling.RedrawNoise", {"latent": SEED, "noise_seeds": [0]}),
    "describe": (sampling_pb2.DescribeRecipeRequest, "sampling.DescribeRecipe", {"latent": SEED}),
    "segment": (style_transfer_pb2.SegmentRegionsRequest, "style_transfer.SegmentRegions", {"latent": SEED}),
}


class Passed(Exception):  # noqa: N818  (no error)
    """A request has been let through to where images are made."""


class Threshold:
    """Stands where the renderer does: knows the limits and one latent id, and lets the test know what comes so far."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        layers = [{"name": f"b4.layer{i}"} for i in range(limits.num_style_layers)]
        manifest = BundleManifest(style_layers=layers)
        self.bundle = SimpleNamespace(manifest=manifest, digest="ab" * 32, components=object(), regions=object())

    async def remembered(self, latent_id: str) -> Recipe | None:
        return completion.complete(Recipe(seed=1), self.limits) if latent_id == ID["latent_id"] else None

    def of_bundle(self, wanted: Recipe) -> Recipe:
        raise Passed

    async def image_and_features(self, wanted: Recipe, call: CallContext) -> None:
        raise Passed

    async def render(self, wanted: Recipe, image_format: ImageFormat, call: CallContext) -> None:
        await self.render_many([wanted], image_format, call)

    async def render_many(self, wanted: Iterable[Recipe], image_format: ImageFormat, call: CallContext) -> None:
        assert all(map(identity.is_complete, wanted))
        raise Passed

    async def render_stream(
        self, wanted: Iterable[Recipe], image_format: ImageFormat, call: CallContext
    ) -> AsyncIterator[None]:
        await self.render_many(wanted, image_format, call)
        yield


SERVICERS = {"sampling": SamplingServicer, "pca_editing": PcaEditingServicer, "style_transfer": StyleTransferServicer}


def judge(name: str, request: Any, limits: Limits) -> None:
    """Sends a request through its servicer up to where images are made; raises what the servicer refuses it with."""

    async def send() -> None:
        service, method = REQUESTS[name][1].split(".")
        answer = getattr(SERVICERS[service](Threshold(limits)), method)(request, CallContext("test"))  # type: ignore[arg-type]
        if isinstance(answer, AsyncIterator):
            async for _ in answer:
                pass
        else:
            await answer

    with pytest.raises(Passed):
        asyncio.run(send())


def check(name: str, limits: Limits, **fields: Any) -> None:
    """Judges the smallest good request of that name with `fields` put in; None takes a field away."""
    kind, _, good = REQUESTS[name]
    values = {key: value for key, value in {**good, **fields}.items() if value is not None}
    judge(name, kind(**values), limits)


def recipe(**fields: Any) -> dict[str, Any]:
    return {"seed": 1, **fields}


def transfer(**fields: Any) -> dict[str, Any]:
    return {"reference": {"seed": 2}, "regions": [{"index": 1}], **fields}


TRANSFERRED = recipe(style_transfers=[transfer()])
IN_STYLES = {"interpolation": {"start": TRANSFERRED, "end": {"seed": 2}, "space": 2}}
EDITED = recipe(component_edits=[{"index": 1}, {"index": 2}])
MIXED = {"mixing": {"base": {"seed": 1}, "style": {"seed": 2}, "layer_end": 3}}
