"""StyleTransferService: ListRegions, TransferStyle, SegmentRegions."""

from __future__ import annotations

import asyncio

from mammoganesis.editing import transfer
from mammoganesis.pictures import png
from mammoganesis.recipe import completion
from mammoganesis.v1.latents_pb2 import Recipe, StyleTransfer
from mammoganesis.v1.style_transfer_pb2 import (
    ListRegionsRequest,
    ListRegionsResponse,
    RegionSummary,
    SegmentRegionsRequest,
    SegmentRegionsResponse,
    TransferStyleRequest,
    TransferStyleResponse,
)
from services.rendering.calls import CallContext
from services.rendering.renderer import Renderer
from services.servicers import requests


class StyleTransferServicer:
    """Local edits, by the bundle's region catalogue."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    async def ListRegions(self, request: ListRegionsRequest, call: CallContext) -> ListRegionsResponse:  # noqa: N802
        """The regions, the grid that they were found on, the style layers and the default epsilons."""
        requests.require_regions(self._renderer.limits)
        bundle = self._renderer.bundle
        assert bundle.regions is not None
        catalogue = bundle.manifest.regions
        names = list(catalogue.names) or [""] * catalogue.num_regions
        notes = list(catalogue.notes) or [""] * catalogue.num_regions
        rejected, limits = set(catalogue.rejected), self._renderer.limits
        return ListRegionsResponse(
            regions=[
                RegionSummary(index=index, name=name, area_share=share, note=note, rejected=index in rejected)
                for index, (name, note, share) in enumerate(zip(names, notes, bundle.regions.area_share, strict=True))
            ],
            grid_size=catalogue.grid_size,
            style_layers=[layer.name for layer in bundle.manifest.style_layers],
            default_epsilon=limits.default_epsilon,
            low_resolution_epsilon=limits.low_resolution_epsilon,
        )

    async def TransferStyle(  # noqa: N802
        self, request: TransferStyleRequest, call: CallContext
    ) -> TransferStyleResponse:
        """The target, with the style of regions taken from the reference."""
        limits = self._renderer.limits
        requests.check_transfer_style(request, limits)
        recipe = await self._renderer.resolve(request.target, "target")
        reference = await self._renderer.resolve(request.reference, "reference")
        recipe.style_transfers.append(
            StyleTransfer(
                reference=reference,
                regions=request.regions,
                rho=request.rho if request.HasField("rho") else None,
                epsilon=request.epsilon if request.HasField("epsilon") else None,
                layer_epsilons=request.layer_epsilons,
                strength=request.strength if request.HasField("strength") else None,
            )
        )
        # What came by latent id is only now known: how many transfers it has, and how deep they nest.
        requests.check_recipe(recipe, limits, "target and reference")
        recipe = completion.complete(recipe, limits)
        return TransferStyleResponse(
            image=await self._renderer.render(recipe, request.format, call),
            channels_moved=int(self._renderer.query(recipe.style_transfers[-1]).sum()),
        )

    async def SegmentRegions(  # noqa: N802
        self, request: SegmentRegionsRequest, call: CallContext
    ) -> SegmentRegionsResponse:
        """The region of each cell of an image, coarse and at the image's size."""
        requests.check_segment_regions(request, self._renderer.limits)
        bundle = self._renderer.bundle
        assert bundle.regions is not None
        recipe: Recipe = await self._renderer.resolve(request.latent, "latent")
        features = await self._renderer.features(recipe, call)
        labels = transfer.segment(features, bundle.regions.centroids)
        return SegmentRegionsResponse(
            grid_size=labels.shape[0],
            labels=labels.tobytes(),
            label_map_png=await asyncio.to_thread(png.label_map_png, labels, bundle.manifest.dimensions.resolution),
            recipe=recipe,
            latent_id=completion.latent_id(recipe, bundle.digest),
            bundle_digest=bundle.digest,
        )
